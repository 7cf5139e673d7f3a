import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { HeldPassphrase } from '#platform/config/held-passphrase.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { ProjectKeys } from '../../src/modules/crypto/hierarchy/project-keys.js';
import { HierarchyRepository } from '../../src/modules/crypto/persistence/hierarchy.repository.js';
import { KeyFileSeal } from '../../src/modules/crypto/seals/key-file-seal.js';
import { PassphraseSeal } from '../../src/modules/crypto/seals/passphrase-seal.js';
import { openSeal } from '../../src/modules/crypto/seals/seal-opening.js';
import { sealOpening } from '../harness/hierarchy.js';
import { openTestDatabase, type TestDatabase } from '../harness/postgres.js';
import { runCommand } from '../harness/run-command.js';
import type { PointOf } from './crash-points.js';

const SECRET = Buffer.from('of a version of a key');
const PASSPHRASE = 'the words of the new seal';

/** Whether a kill at the place leaves what was before, or what was to be. */
const ROTATION: Readonly<Record<Extract<PointOf<'seal-crash'>, `crypto.root-rotation.${string}`>, 'old' | 'new'>> = {
  'crypto.root-rotation.after-insert': 'old',
  'crypto.root-rotation.after-rewrap': 'old',
  'crypto.root-rotation.before-commit': 'old',
  'crypto.root-rotation.after-commit': 'new',
};
const CHANGE: Readonly<Record<Extract<PointOf<'seal-crash'>, `crypto.seal-change.${string}`>, 'old' | 'new'>> = {
  'crypto.seal-change.after-rewrap': 'old',
  'crypto.seal-change.before-commit': 'old',
  'crypto.seal-change.after-commit': 'new',
};

describe('a command that replaces a level of the hierarchy of keys, killed', () => {
  let home: string;
  let database: TestDatabase;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'seal-crash-'));
    writeFileSync(join(home, 'root.key'), Buffer.alloc(32, 3), { mode: 0o600 });
  });
  after(() => rmSync(home, { recursive: true }));
  beforeEach(async () => (database = await openTestDatabase()));
  afterEach(() => database.close());

  const keyFile = (): KeyFileSeal => new KeyFileSeal({ file: join(home, 'root.key'), dataDirectory: home, production: false });
  const environment = (more: Readonly<Record<string, string>>): Record<string, string> => {
    const { app, sequencer, worker, migration } = database.urls;
    return { QUANTONIUM_DATA_DIR: home, ROOT_KEY_FILE: join(home, 'root.key'), AUDIT_ANCHOR_DIR: join(home, 'anchors'), DATABASE_URL: app, DATABASE_SEQUENCER_URL: sequencer, DATABASE_WORKER_URL: worker, DATABASE_MIGRATION_URL: migration, ...more };
  };

  /** What one replica opens: what follows from the house's key, and the keys of projects. */
  async function opened(seal: KeyFileSeal | PassphraseSeal): Promise<{ house: Buffer; keys: ProjectKeys }> {
    const opening = sealOpening(database.app);
    const house = await openSeal(seal, opening, () => Promise.resolve());
    return { house: house.derive('spec').export(), keys: new ProjectKeys(database.app, new HierarchyRepository(), opening.hierarchy, new SystemClock(), new SystemRandomness()) };
  }

  async function withProjects(): Promise<{ house: Buffer; wrapped: ReadonlyMap<string, Buffer> }> {
    const { house, keys } = await opened(keyFile());
    const wrapped = new Map<string, Buffer>();
    for (const slug of ['red', 'green', 'blue']) {
      const id = new SystemRandomness().uuidv7(new SystemClock().nowMillis());
      await database.query('INSERT INTO rbac.project (id, slug, name) VALUES ($1, $2, $2)', [id, slug]);
      wrapped.set(id, (await keys.of(id)).wrap(SECRET, slug));
    }
    return { house, wrapped };
  }

  async function assertWhole(seal: KeyFileSeal | PassphraseSeal, before: { house: Buffer; wrapped: ReadonlyMap<string, Buffer> }): Promise<void> {
    const { house, keys } = await opened(seal);
    assert.deepEqual(house, before.house, 'what follows from the house key is what it was');
    const slugs = ['red', 'green', 'blue'];
    for (const [id, wrapped] of before.wrapped) assert.deepEqual((await keys.of(id)).unwrap(wrapped, slugs.shift()!), SECRET);
  }

  const entries = async (code: string): Promise<number> =>
    (await database.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%"' || $1 || '"%'`, [code])).length;

  for (const [point, state] of Object.entries(ROTATION)) {
    it(`at ${point} leaves the ${state} root key with everything under it, and is then done by running it again`, async () => {
      const before = await withProjects();
      const killed = await runCommand('rotate-root-key', [], environment({ QUANTONIUM_CRASH_AT: point }));
      assert.ok(killed.out.includes(`crash point ${point}`), killed.out);
      const version = state === 'old' ? 1 : 2;
      assert.deepEqual(await database.query('SELECT version FROM crypto.root_key'), [{ version }]);
      assert.deepEqual(await database.query('SELECT root_version AS version, count(*)::int AS keys FROM crypto.project_key GROUP BY 1'), [{ version, keys: 4 }]);
      assert.equal(await entries('crypto.root-key.rotate'), version - 1, 'recorded with the deed or not at all');
      await assertWhole(keyFile(), before);
      const again = await runCommand('rotate-root-key', [], environment({}));
      assert.equal(again.code, 0, again.out);
      assert.deepEqual(await database.query('SELECT version FROM crypto.root_key'), [{ version: version + 1 }]);
      await assertWhole(keyFile(), before);
    });
  }

  for (const [point, state] of Object.entries(CHANGE)) {
    it(`at ${point} leaves the ${state} seal, which opens everything`, async () => {
      const before = await withProjects();
      const killed = await runCommand('init-seal', [], environment({ SEAL: 'passphrase', SEAL_PASSPHRASE: PASSPHRASE, QUANTONIUM_CRASH_AT: point }));
      assert.ok(killed.out.includes(`crash point ${point}`), killed.out);
      const seal = state === 'old' ? keyFile() : new PassphraseSeal(new HeldPassphrase(PASSPHRASE), new SystemRandomness());
      assert.deepEqual(await database.query('SELECT type FROM crypto.seal'), [{ type: seal.type }]);
      assert.equal(await entries('crypto.seal.change'), state === 'old' ? 0 : 1);
      await assertWhole(seal, before);
    });
  }
});
