// The arrows between the rooms of the core, and a few between the packages. Run by `pnpm check`.
// A room may import the rooms that its line names, always through their doors (`index.ts`), and the ground floor.
// A few files belong to no room and stand between them; they have lines as well.
const rooms = {
  engine: 'every room',
  operations: [
    'system-clock.ts',
    'turns.ts',
    'scan',
    'state',
    'versions',
    'decorators',
    'local',
    'memory',
    'hashing',
    'plan',
    'reconcile',
    'renames',
    'compare',
    'join',
    'ignore',
    'storage-failures.ts',
    'storage',
    'progress',
    'control',
    'paths',
  ],
  scan: [
    'turns.ts',
    'compare',
    'hashing',
    'join',
    'ignore',
    'storage-failures.ts',
    'storage',
    'progress',
    'control',
    'paths',
  ],
  state: ['system-clock.ts', 'turns.ts', 'local', 'hashing', 'compare', 'storage', 'control', 'paths'],
  versions: [
    'system-clock.ts',
    'decorators',
    'hashing',
    'storage-failures.ts',
    'storage',
    'progress',
    'control',
    'paths',
  ],
  diagnostics: ['progress'],
  decorators: ['system-clock.ts', 'storage-failures.ts', 'storage', 'progress', 'control', 'paths'],
  local: ['system-clock.ts', 'hashing', 'storage-failures.ts', 'storage', 'control', 'paths'],
  memory: ['system-clock.ts', 'hashing', 'storage-failures.ts', 'storage', 'control', 'paths'],
  hashing: ['storage-failures.ts', 'storage', 'control', 'paths'],
  renames: ['join', 'compare', 'storage', 'paths'],
  plan: ['reconcile', 'compare', 'storage', 'progress', 'paths'],
  reconcile: ['compare', 'storage', 'paths'],
  compare: ['storage', 'paths'],
  join: ['compare', 'ignore', 'storage', 'paths'],
  ignore: ['storage', 'paths'],
  'storage-failures.ts': ['storage', 'paths'],
  storage: ['progress', 'control', 'paths'],
  'system-clock.ts': ['control'],
  'turns.ts': [],
  progress: ['storage', 'paths'],
  control: ['storage', 'paths'],
  paths: [],
};

const pureRooms = [
  'reconcile',
  'renames',
  'compare',
  'plan',
  'ignore',
  'paths',
  'storage',
  'progress',
  'control',
  'join',
];
const roomsWithNode = ['local', 'state', 'hashing', 'operations', 'scan', 'diagnostics', 'engine'];

const core = '^packages/core/src/';
const isFile = (name) => name.endsWith('.ts');
const pattern = (name) => (isFile(name) ? `${name.replace('.', '[.]')}$` : `${name}/`);
const anyOf = (names) => `(?:${names.map(pattern).join('|')})`;
const test = '[.]test[.]ts$|^packages/[^/]+/test/';
const groundFloor = `${core}errors[.]ts$`;

const arrows = Object.entries(rooms)
  .filter(([, below]) => below !== 'every room')
  .map(([room, below]) => ({
    name: `room-${room}`,
    comment: `${room} imports only what lies below it: ${below.join(', ') || 'nothing'}.`,
    severity: 'error',
    from: { path: `${core}${pattern(room)}`, pathNot: test },
    to: { path: core, pathNot: [groundFloor, `${core}${anyOf([room, ...below])}`] },
  }));

export default {
  forbidden: [
    ...arrows,
    {
      name: 'room-unknown',
      comment: 'Every folder of the core is a room, and every room has its line in this file.',
      severity: 'error',
      from: { path: `${core}[^/]+/`, pathNot: [test, `${core}${anyOf(Object.keys(rooms))}`] },
      to: {},
    },
    {
      name: 'ground-floor',
      comment: 'errors.ts lies below every room: it imports nothing.',
      severity: 'error',
      from: { path: groundFloor },
      to: {},
    },
    {
      name: 'through-the-door',
      comment: "Another room is imported through its door, the room's index.ts, in tests too.",
      severity: 'error',
      from: { path: '^(packages/[^/]+/src)/([^/]+)/' },
      to: { path: '^$1/[^/]+/', pathNot: ['^$1/$2/', '/index[.]ts$'] },
    },
    {
      name: 'through-the-door-from-outside',
      comment: 'The files above the rooms use the doors as well.',
      severity: 'error',
      from: { path: '^(packages/[^/]+/src)/[^/]+$' },
      to: { path: '^$1/[^/]+/', pathNot: '/index[.]ts$' },
    },
    {
      name: 'pure-rooms-without-node',
      comment: 'Pure rooms do no input or output of their own. Their tests may.',
      severity: 'error',
      from: { path: `${core}${anyOf(pureRooms)}`, pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'node-only-where-named',
      comment: `Node's built-ins are used in ${roomsWithNode.join(', ')} and nowhere else in the core.`,
      severity: 'error',
      from: { path: core, pathNot: [test, `${core}${anyOf(roomsWithNode)}`] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-without-dependencies',
      comment: 'The core depends on no package, ever. Its tests use the test tools.',
      severity: 'error',
      from: { path: core, pathNot: test },
      to: { pathNot: core, dependencyTypesNot: ['core'] },
    },
    {
      name: 'core-below-all',
      comment: 'The core and its tests know no other package of the workspace.',
      severity: 'error',
      from: { path: core },
      to: { path: '^packages/', pathNot: '^packages/core/' },
    },
    {
      name: 'cli-loads-adapters-on-demand',
      comment: 'The command starts without any adapter: it imports one when an address asks for it.',
      severity: 'error',
      from: { path: '^packages/cli/src/', pathNot: test },
      to: { path: '^packages/(?!(?:core|cli)/)', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'tests-through-the-doors',
      comment: 'Tests of a whole package, in its test folder, use the doors as well.',
      severity: 'error',
      from: { path: '^(packages/[^/]+)/test/' },
      to: { path: '^$1/src/[^/]+/', pathNot: '/index[.]ts$' },
    },
    {
      name: 'packages-through-their-names',
      comment: 'A package is imported by its name, never by a path that leads into its folder.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or have a third one in common.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-tests-in-code',
      comment: 'Code does not import tests.',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere; one that could not be followed would pass every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'No file stands alone. It also shows that imports are seen at all: without a parser each file would.',
      severity: 'error',
      from: { orphan: true, pathNot: [test, '[.]config[.]ts$', '[.]d[.]ts$'] },
      to: {},
    },
  ],
  options: {
    // TypeScript 7 has no compiler API, so swc reads the sources. It takes `import type` for an import, and so do the rules.
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '^packages/[^/]+/dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@syncengine/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
