import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const projectRoot = process.cwd();
const rules = createRequire(import.meta.url)(join(projectRoot, 'test/architecture/dependency-cruiser.cjs')) as {
  forbidden: { name: string }[];
  options: Record<string, unknown>;
};

type Files = Readonly<Record<string, string>>;

/** One violation a rule: a small tree in which that rule, and nothing but it, has to speak. */
const SEEDS: Readonly<Record<string, Files>> = {
  'no-cycles': {
    'src/pure/a.ts': "import type { B } from './b.js';\nexport type A = B;\n",
    'src/pure/b.ts': "import type { A } from './a.js';\nexport type B = A | 1;\n",
  },
  'pure-is-pure': { 'src/pure/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n" },
  'platform-knows-no-module': {
    'src/platform/http/a.ts': "import { face } from '#modules/audit/index.js';\nexport const a = face;\n",
    'src/modules/audit/index.ts': 'export const face = 1;\n',
  },
  'engine-order-crypto': engineOrderSeed('crypto', 'audit'),
  'engine-order-audit': engineOrderSeed('audit', 'rbac'),
  'engine-order-rbac': engineOrderSeed('rbac', 'auth'),
  'engine-order-auth': engineOrderSeed('auth', 'registry'),
  'engine-order-registry': engineOrderSeed('registry', 'simulation'),
  'engine-order-simulation': engineOrderSeed('simulation', 'health'),
  'only-the-face': {
    'src/modules/auth/a.ts': "import { inner } from '#modules/audit/append.js';\nexport const a = inner;\n",
    'src/modules/audit/append.ts': 'export const inner = 1;\n',
  },
  'boot-and-commands-use-faces': {
    'src/boot/a.ts': "import { inner } from '#modules/audit/append.js';\nexport const a = inner;\n",
    'src/modules/audit/append.ts': 'export const inner = 1;\n',
  },
  'never-ones-own-face': {
    'src/modules/audit/a.ts': "import { face } from '#modules/audit/index.js';\nexport const a = face;\n",
    'src/modules/audit/index.ts': 'export const face = 1;\n',
  },
  'doors-know-their-own-engine': {
    'src/modules/audit/http/a.ts': "import { face } from '#modules/audit/index.js';\nexport const a = face;\n",
    'src/modules/audit/index.ts': 'export const face = 1;\n',
  },
  'domain-is-pure': {
    'src/modules/audit/domain/a.ts': "import { Clock } from '#platform/system/clock.js';\nexport const a = Clock;\n",
    'src/platform/system/clock.ts': 'export class Clock {}\n',
  },
  'entities-stay-home': {
    'src/modules/audit/a.ts': "import { Row } from './persistence/row.entity.js';\nexport const a = Row;\n",
    'src/modules/audit/persistence/row.entity.ts': 'export class Row {}\n',
  },
  'sql-stays-home': { 'src/modules/audit/a.ts': "import pg from 'pg';\nexport const a = pg;\n" },
  'clients-stand-alone': {
    'src/pure/a.ts': 'export const a = 1;\n',
    'clients/typescript/b.ts': "import { a } from '../../src/pure/a.js';\nexport const b = a;\n",
  },
  'engines-open-no-door': {
    'src/modules/audit/a.ts': "import { door } from './http/door.js';\nexport const a = door;\n",
    'src/modules/audit/http/door.ts': 'export const door = 1;\n',
  },
  'doors-do-not-meet': {
    'src/modules/audit/http/a.ts': "import { job } from '../jobs/job.js';\nexport const a = job;\n",
    'src/modules/audit/jobs/job.ts': 'export const job = 1;\n',
  },
  'doors-reach-engines-only': {
    'src/modules/audit/http/a.ts': "import { row } from '../persistence/rows.js';\nexport const a = row;\n",
    'src/modules/audit/persistence/rows.ts': 'export const row = 1;\n',
  },
  'worker-is-bare': {
    'src/modules/simulation/worker/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
  },
  'boot-opens-no-door': {
    'src/boot/a.ts': "import { roof } from '../app/roof.js';\nexport const a = roof;\n",
    'src/app/roof.ts': 'export const roof = 1;\n',
  },
  'loader-is-alone': {
    'src/boot/loader/a.ts': "import { p } from '#pure/p.js';\nexport const a = p;\n",
    'src/pure/p.ts': 'export const p = 1;\n',
  },
  'log-verifier-is-independent': {
    'src/app/commands/verify-log/a.ts': "import { parseNote } from '#pure/transparency-log/note.js';\nexport const a = parseNote;\n",
    'src/pure/transparency-log/note.ts': 'export const parseNote = 1;\n',
  },
  'only-main-imports-the-roof': {
    'src/platform/http/a.ts': "import { roof } from '../../app/roof.js';\nexport const a = roof;\n",
    'src/app/roof.ts': 'export const roof = 1;\n',
  },
  'product-needs-no-test': {
    'src/platform/http/a.ts': "import { t } from '../../../test/t.js';\nexport const a = t;\n",
    'test/t.ts': 'export const t = 1;\n',
  },
  'no-junk-drawers': {
    'src/pure/a.ts': "import { u } from './utils/u.js';\nexport const a = u;\n",
    'src/pure/utils/u.ts': 'export const u = 1;\n',
  },
  'no-dead-files': {
    'src/main.ts': 'export const main = 1;\n',
    'src/pure/alone.ts': 'export const alone = 1;\n',
    'src/pure/alone.spec.ts': "import { alone } from './alone.js';\nexport const spec = alone;\n",
  },
  'imports-resolve': { 'src/pure/a.ts': "import { gone } from './gone.js';\nexport const a = gone;\n" },
  'no-dev-dependency-in-product': { 'src/platform/http/a.ts': "import fc from 'fast-check';\nexport const a = fc;\n" },
};

function engineOrderSeed(left: string, right: string): Files {
  return {
    [`src/modules/${left}/a.ts`]: `import { face } from '#modules/${right}/index.js';\nexport const a = face;\n`,
    [`src/modules/${right}/index.ts`]: 'export const face = 1;\n',
  };
}

/** The last of the engine order: nothing stands to its right, so there is nothing it could violate. */
const UNVIOLABLE = new Set(['engine-order-health']);

describe('the import rules', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'import-rules-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  async function rulesBrokenBy(name: string, files: Files): Promise<Set<string>> {
    const base = join(root, name);
    for (const [path, text] of Object.entries({ ...files, ...PROJECT_FILES })) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), text);
    }
    for (const pkg of ['pg', 'fast-check']) {
      mkdirSync(join(base, 'node_modules', pkg), { recursive: true });
      writeFileSync(join(base, 'node_modules', pkg, 'package.json'), JSON.stringify({ name: pkg, main: 'index.js' }));
      writeFileSync(join(base, 'node_modules', pkg, 'index.js'), 'module.exports = {};\n');
    }
    const result = await cruise(
      ['src', ...['test', 'clients'].filter((folder) => Object.keys(files).some((path) => path.startsWith(`${folder}/`)))],
      { ...rules.options, ruleSet: { forbidden: rules.forbidden as never }, validate: true, baseDir: base, tsConfig: { fileName: 'tsconfig.json' } } as never,
      {},
      { tsConfig: extractTSConfig(join(base, 'tsconfig.json')) },
    );
    const { summary } = result.output as ICruiseResult;
    return new Set(summary.violations.map((violation) => violation.rule.name));
  }

  it('has a seeded violation for every rule, and no seed without a rule', () => {
    const names = rules.forbidden.map((rule) => rule.name).filter((name) => !UNVIOLABLE.has(name));
    assert.deepEqual(Object.keys(SEEDS).sort(), names.sort());
  });

  for (const [name, files] of Object.entries(SEEDS)) {
    it(`${name}: speaks up at a seeded violation`, async () => {
      const broken = await rulesBrokenBy(name, files);
      assert.ok(broken.has(name), `expected ${name}, heard ${[...broken].join(', ') || 'nothing'}`);
    });
  }
});

const PROJECT_FILES: Files = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: {
      '#pure/*': { source: './src/pure/*' },
      '#platform/*': { source: './src/platform/*' },
      '#modules/*': { source: './src/modules/*' },
    },
    dependencies: { pg: '*' },
    devDependencies: { 'fast-check': '*' },
  }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', customConditions: ['source'], rootDir: '.', outDir: 'dist' },
  }),
};
