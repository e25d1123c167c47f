/** Holds src/ to its arrows and to the purity mark. docs/ARCHITECTURE.md says why. */
const { MAY_IMPORT, ROLES } = require('./scripts/rooms.cjs');

/**
 * Above storage only those see the database who take part in the door's transaction, or ask whether it answers: services,
 * never the pure files beside them.
 */
const SEES_THE_DATABASE =
  '^src/(storage|db|(events|projection)/[^/]+\\.service\\.ts$|controllers/health\\.service\\.ts$)';

const NOT_PURE = `(\\.(${ROLES.join('|')})|(^|/)main|\\.spec)\\.ts$`;

const arrows = Object.entries(MAY_IMPORT).map(([room, below]) => ({
  name: `arrow-${room}`,
  comment: `src/${room} may import ${below.length > 0 ? below.join(', ') : 'nothing else of src'}.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[room, ...below].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'arrow-db',
      comment: 'SQL is written in storage; see SEES_THE_DATABASE for the few others who hold a transaction.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: ['\\.spec\\.ts$', SEES_THE_DATABASE, '^src/cli/'] },
      to: { path: '^src/db/' },
    },
    {
      name: 'every-room-is-known',
      comment: 'A new folder of src needs a line in MAY_IMPORT.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(cli|gen|${Object.keys(MAY_IMPORT).join('|')})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third. Types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'purity-mark',
      comment:
        'A file without a role in its name is pure: it decides and computes, and others act. The schema is a declaration.',
      severity: 'error',
      from: { path: '^src/', pathNot: [NOT_PURE, '^src/(cli|gen)/', '^src/db/schema\\.ts$'] },
      to: {
        dependencyTypesNot: ['type-only'],
        path: [
          '^(node:)?(fs|net|tls|http|https|http2|dns|child_process|worker_threads|timers|cluster|dgram)(/|$)',
          'node_modules/(@nestjs|@electric-sql|@grpc)/',
          'node_modules/(drizzle-orm|pg|fastify|pino|cockatiel|undici|uuid)/',
        ],
      },
    },
    {
      name: 'not-to-tests',
      comment: 'What ships does not need tests to run.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['\\.spec\\.ts$', '^test/', '^bench/', '^console/'] },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'What ships comes from "dependencies"; anything else is absent from an installation.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
