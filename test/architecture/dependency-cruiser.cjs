/**
 * The import rules: which floor may stand on which. `npm run check` runs them over the tree, and
 * `import-rules.spec.ts` runs each over a seeded violation, so that a rule that can no longer fail is noticed.
 *
 * Floors from the bottom: pure, platform, engines (crypto < audit < rbac < auth < registry < simulation), boot,
 * doors (modules/<m>/http and modules/<m>/jobs), roof (main.ts, app).
 */
const MODULES = ['crypto', 'audit', 'rbac', 'auth', 'registry', 'simulation', 'health'];
const SPEC = '\\.(spec|bench)\\.ts$';
const DOOR = '^src/modules/[^/]+/(http|jobs)/';
/** What is started by its path and not by an import; the golden files are written by code that ships with what they describe. */
const STARTS = [
  '^src/main\\.ts$',
  '^src/app/commands/[^/]+\\.ts$',
  '^src/app/commands/verify-log/verify-log\\.ts$',
  '^src/app/commands/self-audit/self-audit\\.ts$',
  '^src/app/commands/build-release/build-release\\.ts$',
  '^src/boot/loader/',
  '^src/modules/simulation/worker/(check-program|run-circuit|kernel-thread)\\.ts$',
  '^src/modules/crypto/transit/perform-operation\\.ts$',
  '^src/platform/threads/thread-entry\\.ts$',
  '^test/golden/write-golden\\.ts$',
];

/** An engine imports only engines to its left. */
const engineOrder = MODULES.map((name, index) => ({
  name: `engine-order-${name}`,
  comment: `The ${name} engine imports only engines to its left.`,
  severity: 'error',
  from: { path: `^src/modules/${name}/`, pathNot: [DOOR, SPEC] },
  to: { path: `^src/modules/(${MODULES.slice(index + 1).join('|') || '-'})/` },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', comment: 'A cycle has no bottom floor; type-only imports count.', from: {}, to: { circular: true } },
    {
      name: 'pure-is-pure',
      severity: 'error',
      comment: 'pure/ imports pure and deterministic node:crypto.',
      from: { path: '^src/pure/', pathNot: SPEC },
      to: { pathNot: ['^src/pure/', '^(node:)?crypto$'] },
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      comment: 'platform/ is I/O without business.',
      from: { path: '^src/platform/', pathNot: SPEC },
      to: { path: '^src/(modules|boot|app|main)' },
    },
    ...engineOrder,
    {
      name: 'only-the-face',
      severity: 'error',
      comment: 'Another module means its index.ts; the Nest module of an engine or a door is wired by the roof alone.',
      from: { path: '^src/modules/([^/]+)/', pathNot: SPEC },
      to: { path: '^src/modules/([^/]+)/', pathNot: ['^src/modules/$1/', '^src/modules/[^/]+/index\\.ts$'] },
    },
    {
      name: 'boot-and-commands-use-faces',
      severity: 'error',
      comment: 'boot/ and the commands mean a module by its index.ts.',
      from: { path: '^src/(boot|app/commands)/', pathNot: SPEC },
      to: { path: '^src/modules/', pathNot: '^src/modules/[^/]+/index\\.ts$' },
    },
    {
      name: 'never-ones-own-face',
      severity: 'error',
      comment: 'Engine files never import their own index.ts: that way lie cycles.',
      from: { path: '^src/modules/([^/]+)/', pathNot: [DOOR, SPEC] },
      to: { path: '^src/modules/$1/index\\.ts$' },
    },
    {
      name: 'doors-know-their-own-engine',
      severity: 'error',
      comment: 'A door names the files of its own engine: the face is what others see, and holds nothing for the door alone.',
      from: { path: '^src/modules/([^/]+)/(http|jobs)/', pathNot: SPEC },
      to: { path: '^src/modules/$1/index\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'domain/ imports pure and itself.',
      from: { path: '^src/modules/([^/]+)/domain/', pathNot: SPEC },
      to: { pathNot: ['^src/pure/', '^src/modules/$1/domain/', '^(node:)?crypto$'] },
    },
    {
      name: 'entities-stay-home',
      severity: 'error',
      comment: 'A row is not a value: entities are seen by persistence/ alone.',
      from: { path: '^src/', pathNot: ['^src/modules/[^/]+/persistence/', '^src/platform/database/', SPEC] },
      to: { path: '\\.entity\\.ts$' },
    },
    {
      name: 'sql-stays-home',
      severity: 'error',
      comment: 'TypeORM and pg only in persistence/ and platform/database/.',
      from: { path: '^src/', pathNot: ['^src/modules/[^/]+/persistence/', '^src/platform/database/', SPEC] },
      to: { path: '(^|/)node_modules/(typeorm|pg)/' },
    },
    {
      name: 'engines-open-no-door',
      severity: 'error',
      comment: 'Engine files import neither http/ nor jobs/.',
      from: { path: '^src/modules/', pathNot: [DOOR, SPEC] },
      to: { path: DOOR },
    },
    {
      name: 'doors-do-not-meet',
      severity: 'error',
      comment: 'A door imports no other door.',
      from: { path: '^src/modules/([^/]+)/(http|jobs)/', pathNot: SPEC },
      to: { path: DOOR, pathNot: '^src/modules/$1/$2/' },
    },
    {
      name: 'doors-reach-engines-only',
      severity: 'error',
      comment: 'Doors never reach persistence/ or worker/.',
      from: { path: DOOR, pathNot: SPEC },
      to: { path: '^src/modules/[^/]+/(persistence|worker)/' },
    },
    {
      name: 'worker-is-bare',
      severity: 'error',
      comment: 'A worker thread starts fast and holds nothing: pure, itself, node:worker_threads, the flags of node:v8 for the code that it compiles, and of node:vm the context that shows what they bring.',
      from: { path: '^src/modules/([^/]+)/worker/', pathNot: SPEC },
      to: { pathNot: ['^src/pure/', '^src/modules/$1/worker/', '^(node:)?(worker_threads|v8|vm)$'] },
    },
    {
      name: 'boot-opens-no-door',
      severity: 'error',
      comment: 'boot/ uses engine faces, platform and pure.',
      from: { path: '^src/boot/', pathNot: SPEC },
      to: { path: ['^src/(app|main)', DOOR] },
    },
    {
      name: 'loader-is-alone',
      severity: 'error',
      comment: 'boot/loader/ runs before anything is trusted: node: built-ins and itself.',
      from: { path: '^src/boot/loader/', pathNot: SPEC },
      to: { pathNot: '^src/boot/loader/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'log-verifier-is-independent',
      severity: 'error',
      comment: 'What verifies the log shares nothing with what writes it but the hashing of trees: node: built-ins, pure/merkle and itself.',
      from: { path: '^src/app/commands/verify-log/', pathNot: SPEC },
      to: { pathNot: ['^src/app/commands/verify-log/', '^src/pure/merkle/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'only-main-imports-the-roof',
      severity: 'error',
      comment: 'Nobody stands on the roof but main.ts and tests.',
      from: { path: '^(src|migrations)/', pathNot: ['^src/main\\.ts$', '^src/app/', SPEC] },
      to: { path: '^src/app/' },
    },
    {
      name: 'product-needs-no-test',
      severity: 'error',
      comment: 'Code that ships imports nothing that tests.',
      from: { path: '^(src|migrations)/', pathNot: SPEC },
      to: { path: ['^test/', SPEC] },
    },
    {
      name: 'clients-stand-alone',
      severity: 'error',
      comment: 'A client is copied to where no server is: it needs itself.',
      from: { path: '^clients/([^/]+)/' },
      to: { pathNot: '^clients/$1/' },
    },
    {
      name: 'no-junk-drawers',
      severity: 'error',
      comment: 'A folder is named for what it holds.',
      from: {},
      to: { path: '/(common|utils|helpers|shared|lib|core|misc|types|interfaces|constants)/', pathNot: 'node_modules' },
    },
    {
      name: 'no-dead-files',
      severity: 'error',
      comment: 'Every file is reached from where something starts: what only specs reach, nobody runs.',
      from: { path: STARTS },
      to: { path: '^(src|migrations)/', pathNot: [...STARTS, SPEC, '\\.d\\.ts$'], reachable: false },
    },
    { name: 'imports-resolve', severity: 'error', comment: 'Every import resolves.', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      comment: 'What ships needs only what is installed in production.',
      from: { path: '^(src|migrations)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)violations/' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
