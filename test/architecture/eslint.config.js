import { readFileSync } from 'node:fs';
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

/** Functions stay within one screen: 70 lines at most, comments and blank lines included (STYLE: sizes). */
const SIZES = {
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: false, skipComments: false, IIFEs: true }],
  'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
};

export default tseslint.config(
  // What is generated is read by its generator.
  { ignores: ['dist/**', 'node_modules/**', '.data/**', 'clients/typescript/src/api.ts', 'clients/*/dist/**'] },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts', 'test/**/*.ts', 'clients/**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin, quantonium: { rules: { 'owned-todos': ownedTodos } } },
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
      'no-restricted-imports': ['error', RANDOM_IMPORTS],
    },
  },
  {
    files: ['src/platform/system/**/*.ts', 'src/modules/crypto/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', PROCESS_ENV],
      'no-restricted-syntax': ['error', ...SYNTAX, ...STATIC_MESSAGES],
      'no-restricted-imports': 'off',
    },
  },
  { files: ['src/platform/config/environment.ts'], rules: { 'no-restricted-properties': ['error', ...AMBIENT_TIME] } },
  /* What runs before there is a configuration or a clock, and imports nothing that would have one. */
  { files: ['src/boot/loader/**/*.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': ['error', ...SYNTAX, ...STATIC_MESSAGES] } },
  /* Commands and benchmarks talk to a terminal: that is their output, not a stray print. */
  { files: ['src/app/commands/**/*.ts', '**/*.bench.ts', 'test/**/*.ts'], rules: { 'no-console': 'off' } },
);
