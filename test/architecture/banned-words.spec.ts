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

  it('is silent about time and randomness where they are made', async () => {
    assert.deepEqual(await rulesBrokenBy('src/platform/system/clock.ts', 'export const a = Date.now();\n'), []);
    assert.deepEqual(await rulesBrokenBy('src/modules/crypto/a.ts', "import { randomBytes } from 'node:crypto';\nexport const a = randomBytes;\n"), []);
  });
});
