/**
 * The arrows between the rooms of src/, and the purity mark, for whatever checks them: dependency-cruiser, the linter and
 * scripts/check-docs.mjs, which holds docs/ARCHITECTURE.md to them.
 *
 * Each room may import itself and the rooms named here. What is assembled at the top (main.ts, app.module.ts and the
 * command line) may see every room, and no room sees it.
 */
const MAY_IMPORT = {
  contracts: [],
  files: [],
  errors: ['contracts'],
  config: ['contracts', 'errors'],
  db: ['contracts', 'errors', 'config', 'files'],
  storage: ['contracts', 'errors', 'config', 'db'],
  projection: ['contracts', 'errors', 'config', 'db', 'storage'],
  events: ['contracts', 'errors', 'config', 'db', 'storage', 'projection'],
  runtime: ['contracts', 'errors', 'config', 'gen'],
  'embedded-runtime': ['contracts', 'files', 'gen'],
  agents: ['contracts', 'gen'],
  sandbox: ['contracts', 'errors', 'config', 'runtime', 'agents', 'runs'],
  queries: ['contracts', 'errors', 'config', 'storage', 'projection', 'events'],
  calls: ['config'],
  runs: ['contracts', 'errors', 'config', 'storage', 'projection', 'events', 'queries', 'runtime', 'calls'],
  webhooks: ['contracts', 'errors', 'config', 'storage', 'events', 'calls'],
  dto: ['contracts', 'errors', 'config'],
  controllers: [
    'contracts',
    'errors',
    'config',
    'db',
    'storage',
    'projection',
    'events',
    'queries',
    'runtime',
    'runs',
    'webhooks',
    'dto',
  ],
};

/** What a file name says when the file touches the world. Any other file in src is pure. */
const ROLES = [
  'service',
  'repository',
  'provider',
  'client',
  'stream',
  'controller',
  'module',
  'filter',
  'guard',
  'pipe',
  'interceptor',
  'dto',
  'server',
  'cli',
  'registry',
  'interface',
];

module.exports = { MAY_IMPORT, ROLES };
