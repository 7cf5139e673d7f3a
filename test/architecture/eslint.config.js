import { readFileSync } from 'node:fs';
import regexp from 'eslint-plugin-regexp';
import security from 'eslint-plugin-security';
import tseslint from 'typescript-eslint';

/**
 * What no file may say. Each ban names what to write instead; `banned-words.spec.ts` seeds one violation of each.
 * The project root is the working directory of `npm run check`.
 */
const AMBIENT_TIME = [
  { object: 'Date', property: 'now', message: 'Take a Clock (platform/system): ambient time cannot be tested.' },
  { object: 'performance', property: 'now', message: 'Take a Clock (platform/system): ambient time cannot be tested.' },
  { object: 'Math', property: 'random', message: 'Take Randomness (platform/system), or a seeded generator in pure/.' },
];
const PROCESS_ENV = { object: 'process', property: 'env', message: 'Configuration is read once, in platform/config.' };

const SYNTAX = [
  { selector: 'ExportAllDeclaration', message: 'Name what you export: a face is a list.' },
  { selector: "CallExpression[callee.name='forwardRef']", message: 'A cycle acknowledged is still a cycle: move the edge.' },
  { selector: "MemberExpression[object.name='moduleRef'][property.name='get']", message: 'Inject it: a service locator hides the edge.' },
  { selector: "MemberExpression[object.property.name='moduleRef'][property.name='get']", message: 'Inject it: a service locator hides the edge.' },
  { selector: "MemberExpression[object.name='Scope'][property.name='REQUEST']", message: 'Request scope turns singletons into objects per request.' },
];
/** Who searches the log searches for a sentence: what varies stands in fields, where it is redacted and bounded. */
const LOGGING = "CallExpression[callee.property.name=/^(log|error|warn|debug|verbose|fatal)$/]:matches([callee.object.name=/^(log|logger)$/], [callee.object.property.name='logger'], [callee.object.callee.name='Logger'])";
const STATIC_MESSAGES = [
  { selector: `${LOGGING}:not([arguments.0.type='Literal'])`, message: "A message is a literal; what varies goes into fields: logger.warn('retrying', { attempt })." },
  { selector: `${LOGGING}[arguments.1]:not([arguments.1.type='ObjectExpression'])`, message: 'What varies goes into named fields: { error }, { attempt }.' },
];
const AMBIENT_SYNTAX = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock (platform/system).' },
];
const RANDOM_IMPORTS = {
  paths: ['node:crypto', 'crypto'].map((name) => ({
    name,
    importNames: ['randomBytes', 'randomUUID', 'randomInt', 'randomFillSync', 'randomFill', 'webcrypto'],
    message: 'Take Randomness (platform/system).',
  })),
};

/** A TODO needs an owner: `TODO(name): …`. */
const ownedTodos = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (/\b(TODO|FIXME|HACK|XXX)\b(?!\([\w-]+\))/.test(comment.value)) {
            context.report({ loc: comment.loc, message: 'A TODO needs an owner: TODO(name).' });
          }
        }
      },
    };
  },
};

/** What is made with options that bound its memory: the heap of a thread is the process's to lose otherwise, and a memory of WebAssembly grows to 4 GiB. */
const BOUNDS = { Worker: { at: 1, option: 'resourceLimits' }, 'WebAssembly.Memory': { at: 0, option: 'maximum' } };

const boundedMemory = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return {
      NewExpression(node) {
        const called = context.sourceCode.getText(node.callee);
        const bound = Object.entries(BOUNDS).find(([name]) => called === name || called.endsWith(`.${name}`))?.[1];
        if (bound === undefined) return;
        const { properties = [] } = node.arguments[bound.at] ?? {};
        if (!properties.some(({ key }) => key?.name === bound.option)) context.report({ node, message: `Its memory is bounded where it is made: ${bound.option}.` });
      },
    };
  },
};

/** Functions stay within one screen: 70 lines at most, comments and blank lines included (STYLE: sizes). */
const SIZES = {
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: false, skipComments: false, IIFEs: true }],
  'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
};

/**
 * What an attacker would like to find, in what is shipped. Of the two plugins those rules that prove something: the rest
 * of `security` speaks of every index, path and comparison by its name (494 of paths alone, none of them a stranger's),
 * and a rule that cries always is one that is switched off. Its guess at slow expressions gives way to the proof of `regexp`.
 */
const SECURITY = {
  'no-new-func': 'error',
  'no-script-url': 'error',
  'no-proto': 'error',
  'no-extend-native': 'error',
  'security/detect-bidi-characters': 'error',
  'security/detect-child-process': 'error',
  'security/detect-eval-with-expression': 'error',
  'security/detect-new-buffer': 'error',
  'security/detect-non-literal-require': 'error',
  'regexp/no-super-linear-backtracking': 'error',
  'regexp/no-super-linear-move': 'error',
  'regexp/no-misleading-unicode-character': 'error',
  'regexp/no-obscure-range': 'error',
  'regexp/no-dupe-characters-character-class': 'error',
};
/** Modules that start programs, run text or open the process to a debugger, and the few files that may have them. */
const POWERS = {
  'node:child_process': ['src/platform/database/embedded/*.ts', 'src/boot/loader/ensure-build.ts', 'src/app/commands/**/*.ts'],
  'node:vm': ['src/modules/simulation/worker/kernel-team.ts'],
  // Only asked whether a debugger listens.
  'node:inspector': ['src/boot/admit-flags.ts'],
  'node:repl': [],
  'node:sqlite': [],
  'node:wasi': [],
};
/** A shell reads what it is given as orders: programs are started by their path, with a list of words. */
const SHELLS = { name: 'node:child_process', importNames: ['exec', 'execSync'], message: 'Start a program with a list of words: execFile, spawn.' };
const powersOf = (file) => ({
  paths: [...RANDOM_IMPORTS.paths, SHELLS, ...Object.entries(POWERS).filter(([, files]) => file === null || !files.includes(file)).map(([name]) => ({ name, message: 'A power that few files have: POWERS in this configuration.' }))],
});

export default tseslint.config(
  // What is generated is read by its generator.
  { ignores: ['dist/**', 'node_modules/**', '.data/**', 'clients/typescript/src/api.ts', 'clients/*/dist/**'] },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts', 'test/**/*.ts', 'clients/**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin, security, regexp, quantonium: { rules: { 'owned-todos': ownedTodos, 'bounded-memory': boundedMemory } } },
    languageOptions: { parser: tseslint.parser, parserOptions: { project: './tsconfig.json', tsconfigRootDir: process.cwd() } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['it', 'describe', 'test', 'before', 'after', 'suite'] }] }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-exports': 'error',
      'no-debugger': 'error',
      'no-eval': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...SYNTAX],
      'quantonium/owned-todos': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.bench.ts'],
    rules: {
      ...SIZES,
      'no-restricted-properties': ['error', PROCESS_ENV, ...AMBIENT_TIME],
      'no-restricted-syntax': ['error', ...SYNTAX, ...AMBIENT_SYNTAX, ...STATIC_MESSAGES],
      'no-restricted-imports': ['error', powersOf(null)],
      'quantonium/bounded-memory': 'error',
      ...SECURITY,
    },
  },
  { files: ['clients/**/*.ts'], ignores: ['**/*.spec.ts'], rules: SECURITY },
  {
    files: ['src/platform/system/**/*.ts', 'src/modules/crypto/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', PROCESS_ENV],
      'no-restricted-syntax': ['error', ...SYNTAX, ...STATIC_MESSAGES],
    },
  },
  {
    files: ['src/platform/system/**/*.ts', 'src/modules/crypto/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*.bench.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: powersOf(null).paths.filter(({ name }) => !/crypto$/.test(name)) }] },
  },
  ...[...new Set(Object.values(POWERS).flat())].map((file) => ({ files: [file], ignores: ['**/*.spec.ts'], rules: { 'no-restricted-imports': ['error', powersOf(file)] } })),
  { files: ['src/platform/config/environment.ts'], rules: { 'no-restricted-properties': ['error', ...AMBIENT_TIME] } },
  /* What runs before there is a configuration or a clock, and imports nothing that would have one. */
  { files: ['src/boot/loader/**/*.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': ['error', ...SYNTAX, ...STATIC_MESSAGES] } },
  /* Commands and benchmarks talk to a terminal: that is their output, not a stray print. */
  { files: ['src/app/commands/**/*.ts', '**/*.bench.ts', 'test/**/*.ts'], rules: { 'no-console': 'off' } },
);
