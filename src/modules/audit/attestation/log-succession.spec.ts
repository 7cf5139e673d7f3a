import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { poolSource } from '#platform/database/data-sources.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { parseVerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type LedgerScene, openLedgerScene, type TestLedger, testLedger } from '../../../../test/harness/ledger.js';
import { readCheckpoint } from '../checkpoint-note.js';
import { LogFollower } from '../log-follower.js';
import { AttestorRepository } from '../persistence/attestor.repository.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { SequencingRepository } from '../persistence/sequencing.repository.js';
import { SuccessionRepository } from '../persistence/succession.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { FileAnchor } from './file-anchor.js';
import { LogSuccession, SuccessionRefusal } from './log-succession.js';

// That a log is forked is said loudly, and meant here.
Logger.overrideLogger(false);

const ROOT_KEY = Buffer.alloc(32, 6);
/** All that a backup brings back. The keys of the log are older than every backup here. */
const TABLES = ['entry', 'leaf', 'tile', 'tree_head', 'checkpoint', 'cosignature', 'publication', 'attestor', 'standing', 'low_water', 'entry_item'];

describe('a database that was rolled back to an old backup', () => {
  let directory: string;
  let scene: LedgerScene;
  let owner: SequencerUnitOfWork;
  let closeOwner: () => Promise<void>;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-anchor-'));
    scene = await openLedgerScene({ rootKey: ROOT_KEY, anchors: [new FileAnchor(directory, null)] });
    const source = await poolSource({ url: scene.database.urls.migration, applicationName: 'test-owner', connectionsMax: 2, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
    owner = new SequencerUnitOfWork(source);
    closeOwner = () => source.destroy();
  });
  afterEach(async () => {
    await closeOwner();
    await scene.close();
    rmSync(directory, { recursive: true });
  });

  /** A process that starts on the database as it is now: it remembers nothing. */
  const restart = (): TestLedger => testLedger(scene.database, { rootKey: ROOT_KEY, anchors: [new FileAnchor(directory, null)] });
  const deeds = async (ledger: TestLedger, count: number): Promise<string[]> => {
    const ids = await scene.appendMany(count);
    await ledger.sequencer.sequence();
    await ledger.publisher.publish(0);
    await Promise.all(ledger.attestation.anchorings.map((anchoring) => anchoring.turn(true)));
    return ids;
  };
  const copy = async (from: string, to: string): Promise<void> => {
    await scene.query(`SET session_replication_role = replica; CREATE SCHEMA IF NOT EXISTS ${to}`);
    for (const table of TABLES) await scene.query(`DROP TABLE IF EXISTS ${to}.${table}; CREATE TABLE ${to}.${table} AS TABLE ${from}.${table}`);
    await scene.query('SET session_replication_role = origin');
  };
  const restore = async (from: string): Promise<void> => {
    for (const table of TABLES) await scene.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    await scene.query(`TRUNCATE ${TABLES.map((table) => `audit.${table}`).join(', ')}`);
    for (const table of TABLES) await scene.query(`INSERT INTO audit.${table} OVERRIDING SYSTEM VALUE SELECT * FROM ${from}.${table}`);
    for (const table of ['entry', 'entry_item', 'leaf', 'tree_head', 'checkpoint']) await scene.query(`ALTER TABLE audit.${table} ENABLE ALWAYS TRIGGER append_only`);
    await scene.query('ALTER TABLE audit.entry_item ENABLE ALWAYS TRIGGER only_with_entry; ALTER TABLE audit.tree_head ENABLE ALWAYS TRIGGER only_grow; ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER only_advance; ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER only_widen');
  };
  const rollBack = async (): Promise<readonly string[]> => {
    const before = await deeds(scene, 3);
    await copy('audit', 'backup');
    await deeds(scene, 4);
    await copy('audit', 'newer');
    await restore('backup');
    return before;
  };
  const successionOf = (ledger: TestLedger, successions = new SuccessionRepository()): LogSuccession =>
    new LogSuccession(owner, new TreeRepository(), new EntryRepository(), new SequencingRepository(), new AttestorRepository(), successions, ledger.attestation.watch, ledger.verifier, ledger.log);
  const count = async (code: string): Promise<number> => (await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry')).filter(({ body }) => body.includes(`"${code}"`)).length;

  it('is FORKED when a server starts on it, and stays so after a plain restart; requests are recorded and the log is read', async () => {
    await rollBack();
    const started = restart();
    assert.match((await started.attestation.begin())!, /^file holds a checkpoint of size 7, and the last one in the database has 3$/);
    const again = restart();
    assert.notEqual(await again.attestation.begin(), null);
    const [id] = await deeds(again, 1);
    assert.equal(await again.publisher.publish(0), 'forked');
    assert.equal(await again.reader.receipt(id!), 'pending');
    assert.equal(readCheckpoint((await again.reader.checkpoint())!)!.size, 3);
    assert.deepEqual([await count('audit.log.fork'), started.raised.length, again.raised.length], [1, 1, 0]);
  });

  it('is FORKED before the next signature too, without a restart and without a look at boot', async () => {
    await rollBack();
    await scene.appendMany(1);
    await scene.sequencer.sequence();
    assert.equal(await scene.publisher.publish(0), 'forked');
  });

  it('cannot be told by size when it grew beyond what is outside, and is told by its root', async () => {
    await rollBack();
    await scene.appendMany(9);
    // By somebody who has the log's keys, and not the anchor.
    const thief = testLedger(scene.database, { rootKey: ROOT_KEY });
    await thief.sequencer.sequence();
    assert.equal(await thief.publisher.publish(0), 'published');
    assert.match((await restart().attestation.begin())!, /^file holds another root at size 7$/);
  });

  it('is signed again when the newer database is back, and not before', async () => {
    await rollBack();
    const forked = restart();
    await forked.attestation.begin();
    await assert.rejects(successionOf(forked).resume(), /file holds a checkpoint of size 7.*restore the newer database/);
    await restore('newer');
    // The newer one was never forked; an operator who restored only the log's tables finds the standing as it was.
    await scene.query(`UPDATE audit.standing SET forked_at = now(), reason = 'as before'`);
    await successionOf(restart()).resume();
    await deeds(restart(), 1);
    assert.equal(await count('audit.log.resume'), 1);
    assert.deepEqual((await scene.verifier.verifyHead()).mismatches, []);
    await assert.rejects(successionOf(restart()).resume(), SuccessionRefusal);
  });

  it('is succeeded by a log whose first entry names the old one and the last checkpoint that is known of it', async () => {
    const before = await rollBack();
    const forked = restart();
    await forked.attestation.begin();
    const duringFork = await scene.appendMany(2);
    const anchored = await new FileAnchor(directory, null).last([parseVerifierKey((await forked.reader.verifierKeys())[0]!)]);
    assert.deepEqual(await successionOf(forked).succeed(), { formerOrigin: 'localhost:3000/audit/1', origin: 'localhost:3000/audit/2', formerSize: 7 });

    // The server that ran all the while goes on with the new log.
    const after = await deeds(forked, 1);
    const [first] = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry e JOIN audit.leaf l ON l.entry_id = e.id WHERE l.index = 0');
    const entry = JSON.parse(first!.body.toString()) as { metadata: { event_code: string }; unmapped: Record<string, unknown> };
    assert.equal(entry.metadata.event_code, 'audit.log.succeed');
    assert.deepEqual(entry.unmapped, { formerOrigin: 'localhost:3000/audit/1', formerSize: 7, formerRoot: anchored!.root.toString('base64') });
    const vkeys = (await forked.reader.verifierKeys()).map((key) => `${key}\n`).join('');
    for (const id of [...before, ...duringFork, ...after]) {
      const verdict = verifyReceipt({ receipt: (await forked.reader.receipt(id)) as Buffer, vkeys, result: null });
      assert.ok(verdict.ok, JSON.stringify(verdict));
    }
    const [former] = await scene.query<{ origin: string; size: string; note: string }>('SELECT origin, size, note FROM audit.former_log');
    assert.deepEqual([former!.origin, Number(former!.size), readCheckpoint(former!.note)!.size], ['localhost:3000/audit/1', 7, 3]);
    assert.deepEqual((await forked.verifier.verifyHead()).mismatches, []);
    assert.equal(await restart().attestation.begin(), null, 'the new log is anchored under its own name');
    await assert.rejects(successionOf(restart()).succeed(), SuccessionRefusal);
  });

  it('has each entry read once by detection and the webhooks, in the one log or in the other', async () => {
    await rollBack();
    const forked = restart();
    await forked.attestation.begin();
    const follower = new LogFollower(scene.database.sequencer, new CursorRepository(), new EntryRepository());
    const [detection, webhooks]: [string[], string[]] = [[], []];
    const follow = async (name: 'detection' | 'webhooks', into: string[]): Promise<void> => {
      while ((await follower.follow(name, 2, (_tx, page) => Promise.resolve(void into.push(...page.map(({ id }) => id))))) > 0);
    };
    const slow = new Client({ connectionString: scene.database.urls.app });
    await slow.connect();
    try {
      // One that is recorded before others and committed after them; the webhooks are ahead of detection.
      await follow('detection', detection);
      await slow.query('BEGIN');
      const { rows } = await slow.query<{ id: string }>(`SELECT id, audit.append(id, '{}') FROM (SELECT gen_random_uuid() AS id)`);
      await scene.appendMany(2);
      while ((await forked.sequencer.sequence()) > 0);
      await follow('webhooks', webhooks);
      await scene.appendMany(1);
      const succession = successionOf(forked).succeed();
      while ((await scene.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'audit.entry'::regclass`)).length === 0);
      const late = scene.appendMany(1);
      await slow.query('COMMIT');
      await Promise.all([succession, late]);
      while ((await forked.sequencer.sequence()) > 0);
      await Promise.all([follow('detection', detection), follow('webhooks', webhooks)]);
      const all = (await scene.query<{ id: string }>('SELECT id FROM audit.entry')).map(({ id }) => id).sort();
      assert.ok(all.includes(rows[0]!.id));
      assert.deepEqual([detection.sort(), webhooks.sort()], [all, all]);
    } finally {
      await slow.end();
    }
  });

  it('leaves nothing behind that tells of places in the old log, nor of what was wrong with it', async () => {
    await rollBack();
    const forked = restart();
    await forked.attestation.begin();
    await scene.query(`INSERT INTO audit.mismatch (sentence, index) VALUES ('leaf 2 is changed', 2)`);
    await scene.query(`INSERT INTO audit.search_span (first_index, first_time, last_time) VALUES (0, now(), now())`);
    await successionOf(forked).succeed();
    for (const table of ['mismatch', 'search_span', 'search', 'cosignature', 'publication', 'attestor']) assert.deepEqual(await scene.query(`SELECT FROM audit.${table}`), [], table);
    // A server that knows the former name goes on; one that reads the tiles must not take them for those of before.
    assert.equal(await forked.reader.isSuccessor(), true);
    assert.equal(await scene.reader.isSuccessor(), true);
  });

  it('leaves the old log as it was when its succession fails halfway', async () => {
    await rollBack();
    const forked = restart();
    await forked.attestation.begin();
    const failing = new (class extends SuccessionRepository {
      override async setAside(...parts: Parameters<SuccessionRepository['setAside']>): Promise<void> {
        await super.setAside(...parts);
        throw new Error('the power went');
      }
    })();
    await assert.rejects(successionOf(forked, failing).succeed(), /the power went/);
    assert.equal(readCheckpoint((await forked.reader.checkpoint())!)!.size, 3);
    assert.deepEqual(await scene.query('SELECT origin FROM audit.log'), [{ origin: 'localhost:3000/audit/1' }]);
    // What the owner had switched off for the moment is on again.
    await assert.rejects(scene.query('DELETE FROM audit.leaf'), /append-only/);
  });
});
