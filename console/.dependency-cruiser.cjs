/** The arrows between the folders of the console. It knows the service by its public API alone. docs/ARCHITECTURE.md says why. */
const MAY_IMPORT = {
  api: [],
  words: [],
  stream: ['api'],
  ui: ['api', 'words', 'stream'],
  pages: ['api', 'words', 'stream', 'ui'],
};

const OUT_OF_THE_WAY = '\\.spec\\.tsx?$';

const arrows = Object.entries(MAY_IMPORT).map(([folder, below]) => ({
  name: `arrow-${folder}`,
  comment: `console/src/${folder} may import ${below.length > 0 ? below.join(', ') : 'nothing else of the console'}, and search.ts.`,
  severity: 'error',
  from: { path: `^console/src/${folder}/`, pathNot: OUT_OF_THE_WAY },
  to: {
    path: '^console/src/',
    pathNot: [
      `^console/src/(${[folder, ...below, 'styles'].join('|')})/`,
      '^console/src/search\\.ts$',
      // Words are found for what the API says, so they know its types.
      ...(folder === 'words' ? ['^console/src/api/types\\.ts$'] : []),
    ],
  },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'pages-are-apart',
      comment:
        'Pages do not import each other: each is a chunk of its own. What two of them need belongs to ui or words.',
      severity: 'error',
      from: { path: '^console/src/pages/([^/]+)/' },
      to: { path: '^console/src/pages/', pathNot: '^console/src/pages/$1/' },
    },
    {
      name: 'public-api-only',
      comment: 'The console is a client like any other: it shares no code with the service.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|test|bench|examples)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third. Types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.css', '.json'],
    },
  },
};
