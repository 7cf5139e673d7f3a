import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ESLint } from 'eslint';

/** One violation a ban: what is written, where, and the rule that has to speak. */
const SEEDS: readonly { ban: string; path: string; text: string; rule: string }[] = [
  { ban: 'process.env', path: 'src/platform/http/a.ts', text: 'export const a = process.env;', rule: 'no-restricted-properties' },
  { ban: 'Date.now', path: 'src/modules/auth/a.ts', text: 'export const a = Date.now();', rule: 'no-restricted-properties' },
  { ban: 'new Date()', path: 'src/pure/a.ts', text: 'export const a = new Date();', rule: 'no-restricted-syntax' },
  { ban: 'Math.random', path: 'src/pure/a.ts', text: 'export const a = Math.random();', rule: 'no-restricted-properties' },
  { ban: 'randomBytes', path: 'src/modules/auth/a.ts', text: "import { randomBytes } from 'node:crypto'; export const a = randomBytes;", rule: 'no-restricted-imports' },
  { ban: 'forwardRef', path: 'src/modules/auth/a.ts', text: 'declare const forwardRef: (f: unknown) => unknown; export const a = forwardRef(() => 1);', rule: 'no-restricted-syntax' },
  { ban: 'ModuleRef.get', path: 'src/modules/auth/a.ts', text: 'declare const moduleRef: { get(x: unknown): unknown }; export const a = moduleRef.get(1);', rule: 'no-restricted-syntax' },
  { ban: 'request scope', path: 'src/modules/auth/a.ts', text: 'declare const Scope: { REQUEST: 1 }; export const a = Scope.REQUEST;', rule: 'no-restricted-syntax' },
  { ban: 'export *', path: 'src/modules/auth/a.ts', text: "export * from './b.js';", rule: 'no-restricted-syntax' },
  { ban: 'any', path: 'src/modules/auth/a.ts', text: 'export const a = (x: any) => x;', rule: '@typescript-eslint/no-explicit-any' },
  { ban: '@ts-ignore', path: 'src/modules/auth/a.ts', text: '// @ts-ignore\nexport const a = 1;', rule: '@typescript-eslint/ban-ts-comment' },
  { ban: 'an ownerless TODO', path: 'src/modules/auth/a.ts', text: `// ${'TO'}${'DO'}: later\nexport const a = 1;`, rule: 'quantonium/owned-todos' },
  { ban: 'a message that is put together', path: 'src/modules/auth/a.ts', text: "export const a = (logger: { log(text: string): void }, name: string) => logger.log(`hello ${name}`);", rule: 'no-restricted-syntax' },
  { ban: 'a message that is handed on', path: 'src/modules/crypto/a.ts', text: 'export const a = (it: { logger: { warn(text: string): void } }, text: string) => it.logger.warn(text);', rule: 'no-restricted-syntax' },
  { ban: 'a value without a name in the log', path: 'src/modules/auth/a.ts', text: "export const a = (logger: { error(text: string, more: string): void }, name: string) => logger.error('hello', name);", rule: 'no-restricted-syntax' },
  { ban: 'a stray print', path: 'src/modules/auth/a.ts', text: 'console.log(1);', rule: 'no-console' },
  { ban: 'text that becomes code', path: 'src/modules/auth/a.ts', text: "export const a = new Function('return 1');", rule: 'no-new-func' },
  { ban: 'an address that is a script', path: 'src/modules/auth/a.ts', text: "export const a = 'javascript:alert(1)';", rule: 'no-script-url' },
  { ban: 'a prototype by its name', path: 'src/modules/auth/a.ts', text: 'export const a = (x: { __proto__: object }) => x.__proto__;', rule: 'no-proto' },
  { ban: 'a prototype of everybody', path: 'src/modules/auth/a.ts', text: "Object.prototype['a'] = 1;", rule: 'no-extend-native' },
  { ban: 'text that runs backwards', path: 'src/modules/auth/a.ts', text: `export const a = 'user${String.fromCharCode(0x202e)}';`, rule: 'security/detect-bidi-characters' },
  { ban: 'a shell', path: 'src/app/commands/a.ts', text: "import { exec } from 'node:child_process'; export const a = exec;", rule: 'no-restricted-imports' },
  { ban: 'an order that is put together', path: 'clients/typescript/a.ts', text: "import { exec } from 'child_process'; export const a = (name: string) => exec('ls ' + name);", rule: 'security/detect-child-process' },
  { ban: 'a program', path: 'src/modules/auth/a.ts', text: "import { spawn } from 'node:child_process'; export const a = spawn;", rule: 'no-restricted-imports' },
  { ban: 'a program among keys', path: 'src/modules/crypto/a.ts', text: "import { spawn } from 'node:child_process'; export const a = spawn;", rule: 'no-restricted-imports' },
  { ban: 'a database past the permissions of the process', path: 'src/platform/http/a.ts', text: "import { DatabaseSync } from 'node:sqlite'; export const a = DatabaseSync;", rule: 'no-restricted-imports' },
  { ban: 'an evaluated expression', path: 'src/modules/auth/a.ts', text: 'export const a = (x: string) => eval(x);', rule: 'security/detect-eval-with-expression' },
  { ban: 'memory of others', path: 'src/modules/auth/a.ts', text: 'export const a = (n: number) => new Buffer(n);', rule: 'security/detect-new-buffer' },
  { ban: 'code by a name that varies', path: 'src/modules/auth/a.ts', text: 'declare const require: (x: string) => unknown; export const a = (x: string) => require(x);', rule: 'security/detect-non-literal-require' },
  { ban: 'an expression that takes the square of its text', path: 'src/modules/auth/a.ts', text: 'export const a = /^(?:a|b)*(?:b|c)*$/;', rule: 'regexp/no-super-linear-backtracking' },
  { ban: 'an expression that begins anew at each place', path: 'src/modules/auth/a.ts', text: 'export const a = /=+$/;', rule: 'regexp/no-super-linear-move' },
  { ban: 'half of a character in a class', path: 'src/modules/auth/a.ts', text: 'export const a = /[👍]/;', rule: 'regexp/no-misleading-unicode-character' },
  { ban: 'a range that nobody reads', path: 'src/modules/auth/a.ts', text: 'export const a = /[A-z]/;', rule: 'regexp/no-obscure-range' },
  { ban: 'a character twice in a class', path: 'src/modules/auth/a.ts', text: 'export const a = /[aab]/;', rule: 'regexp/no-dupe-characters-character-class' },
  { ban: 'a thread without a bound for its heap', path: 'src/modules/crypto/a.ts', text: "declare class Worker { constructor(file: URL, options: object); } export const a = (file: URL, resourceLimits: object) => new Worker(file, { workerData: { resourceLimits } });", rule: 'quantonium/bounded-memory' },
  { ban: 'a thread by another name of its module', path: 'src/modules/crypto/a.ts', text: "import * as threads from 'node:worker_threads'; export const a = (file: URL, options: object) => new threads.Worker(file, options);", rule: 'quantonium/bounded-memory' },
  { ban: 'a thread without options', path: 'src/platform/threads/a.ts', text: 'declare class Worker { constructor(file: URL); } export const a = (file: URL) => new Worker(file);', rule: 'quantonium/bounded-memory' },
  { ban: 'a memory of WebAssembly without an end', path: 'src/pure/quantum/a.ts', text: 'export const a = new WebAssembly.Memory({ initial: 1, shared: true });', rule: 'quantonium/bounded-memory' },
  { ban: 'a function of 71 lines', path: 'src/modules/auth/a.ts', text: `export function a() {\n${'\n'.repeat(69)}}`, rule: 'max-lines-per-function' },
  { ban: 'a file of 401 lines', path: 'src/modules/auth/a.ts', text: 'export const a = 1;\n'.repeat(1) + '// line\n'.repeat(401), rule: 'max-lines' },
];

/** The seeds are texts, not files of the project: rules that need types are left to `npm run check`. */
const UNTYPED = {
  languageOptions: { parserOptions: { project: null, programs: null } },
  rules: Object.fromEntries(
    ['no-floating-promises', 'no-misused-promises', 'switch-exhaustiveness-check', 'consistent-type-exports'].map((rule) => [`@typescript-eslint/${rule}`, 'off' as const]),
  ),
};

describe('the bans', () => {
  const eslint = new ESLint({
    overrideConfigFile: join(process.cwd(), 'test/architecture/eslint.config.js'),
    overrideConfig: [{ files: ['**/*.ts'], ...UNTYPED }] as never,
  });

  async function rulesBrokenBy(path: string, text: string): Promise<(string | null)[]> {
    const [result] = await eslint.lintText(text, { filePath: join(process.cwd(), path) });
    return result!.messages.map((message) => message.ruleId);
  }

  for (const { ban, path, text, rule } of SEEDS) {
    it(`speaks up at ${ban}`, async () => {
      assert.ok((await rulesBrokenBy(path, text)).includes(rule));
    });
  }

  it('is silent about the one reader of the environment', async () => {
    assert.deepEqual(await rulesBrokenBy('src/platform/config/environment.ts', 'export const a = process.env;\n'), []);
  });

  it('is silent about a message that is a literal with named fields', async () => {
    assert.deepEqual(await rulesBrokenBy('src/modules/auth/a.ts', "export const a = (logger: { warn(text: string, more?: object): void }, attempt: number) => [logger.warn('retrying', { attempt }), logger.warn('retrying')];\n"), []);
  });

  it('is silent about programs where they are started', async () => {
    assert.deepEqual(await rulesBrokenBy('src/platform/database/embedded/cluster.ts', "import { spawn } from 'node:child_process';\nexport const a = spawn;\n"), []);
  });

  it('is silent about threads and memories that have bounds', async () => {
    assert.deepEqual(await rulesBrokenBy('src/modules/crypto/a.ts', 'declare class Worker { constructor(file: URL, options: object); }\nexport const a = (file: URL) => new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: 8 } });\n'), []);
    assert.deepEqual(await rulesBrokenBy('src/pure/quantum/a.ts', 'export const a = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });\n'), []);
  });

  it('is silent about time and randomness where they are made', async () => {
    assert.deepEqual(await rulesBrokenBy('src/platform/system/clock.ts', 'export const a = Date.now();\n'), []);
    assert.deepEqual(await rulesBrokenBy('src/modules/crypto/a.ts', "import { randomBytes } from 'node:crypto';\nexport const a = randomBytes;\n"), []);
  });
});
