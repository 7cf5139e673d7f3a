import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { entityManagerOf } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SystemClock } from '#platform/system/clock.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { RetentionRepository } from '../persistence/retention.repository.js';
import { Retention } from './retention.js';

const DAY_MILLIS = 86_400_000;
const SPEC = systemPrincipal('spec');
const ALICE = { ...SPEC, id: '019a94de-4b70-7c00-8000-00000000a11c', kind: 'user' } as const;
const TRAIL = { requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: '192.0.2.1', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };

describe('retention', () => {
  const now = new SystemClock().nowMillis();
  let clock: HandClock;
  let scene: LedgerScene;
  let retention: Retention;
  beforeEach(async () => {
    clock = new HandClock(now);
    scene = await openLedgerScene({ clock });
    retention = new Retention(scene.database.sequencer, new RetentionRepository(), scene.log, { ledger: { retentionDays: 400, anchorDirectory: '', anchorWebhookUrl: null, anchorBucket: null, witnessPolicyFile: null } });
  });
  afterEach(() => scene.close());

  /** So many entries that were recorded, sequenced and published so many days ago. */
  async function history(entries: number, daysAgo: number): Promise<string[]> {
    clock.millis = now - daysAgo * DAY_MILLIS;
    const ids = await runWithTrail(TRAIL, () => Promise.all(Array.from({ length: entries }, () => scene.log.record(scene.event({ actor: ALICE })))));
    await scene.sequencer.sequence();
    await scene.publisher.publish();
    await scene.query(`BEGIN; ALTER TABLE audit.checkpoint DISABLE TRIGGER USER;
      UPDATE audit.checkpoint SET published_at = clock_timestamp() - interval '${daysAgo} days' WHERE number = (SELECT max(number) FROM audit.checkpoint);
      ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER append_only; ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER only_advance; COMMIT`);
    await recordedAgo(ids, daysAgo);
    clock.millis = now;
    return ids;
  }
  const recordedAgo = (ids: readonly string[], days: number): Promise<unknown> =>
    scene.query(`BEGIN; ALTER TABLE audit.entry DISABLE TRIGGER append_only; UPDATE audit.entry SET recorded_at = clock_timestamp() - interval '${days} days' WHERE id IN ('${ids.join("','")}');
      ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only; COMMIT`);
  const minimum = async (): Promise<number> => Number((await scene.query<{ minimum_index: string }>('SELECT minimum_index FROM audit.pruning'))[0]!.minimum_index);
  const bodies = async (): Promise<number> => (await scene.query('SELECT FROM audit.entry')).length;
  const asSequencer = (sql: string): Promise<unknown> => scene.database.sequencer.run(SPEC, (tx) => entityManagerOf(tx).query(sql));

  it('removes whole tiles past their retention and no other entry; what remains and what went is still proven', async () => {
    const old = await history(600, 500);
    const young = await history(10, 100);
    const indexOf = async (id: string): Promise<number> => Number((await scene.query<{ index: string }>('SELECT index FROM audit.leaf WHERE entry_id = $1', [id]))[0]!.index);
    assert.equal(await retention.enforce(), 512);
    assert.equal(await minimum(), 512);
    assert.equal(await bodies(), 98 + 1, 'the rest, and the record of the pruning');
    const gone = (await Promise.all(old.map(async (id) => ({ id, index: await indexOf(id) })))).filter(({ index }) => index < 512);
    assert.equal(gone.length, 512);
    assert.equal(await scene.reader.receipt(gone[0]!.id), null);
    assert.equal(await scene.reader.isPruned(gone[0]!.id), true);
    assert.equal((await scene.reader.inclusionProof(gone[0]!.id))?.index, gone[0]!.index);
    assert.ok((await scene.reader.receipt(young[0]!)) instanceof Buffer);
    assert.equal(await scene.reader.isPruned(young[0]!), false);
    const [entry] = await scene.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry ORDER BY id DESC LIMIT 1`);
    const { metadata, unmapped } = JSON.parse(entry!.body) as { metadata: { event_code: string }; unmapped: unknown };
    assert.deepEqual([metadata.event_code, unmapped], ['audit.prune', { minimumIndex: 512, entries: 512, keys: 0, retentionDays: 400 }]);
  });

  it('takes the lists of items that entries have beside them along with the entries', async () => {
    clock.millis = now - 500 * DAY_MILLIS;
    const items = Array.from({ length: 300 }, (_, n) => Buffer.alloc(32, n));
    const old = await scene.log.record(scene.event({ items }));
    await history(255, 500);
    const young = await scene.log.record(scene.event({ items }));
    await recordedAgo([old], 500);
    assert.equal(await retention.enforce(), 256);
    assert.deepEqual(await scene.query('SELECT entry_id FROM audit.entry_item'), [{ entry_id: young }]);
  });

  it('drops the keys of months that no remaining entry can name, and no other', async () => {
    await history(256, 600);
    await history(256, 500);
    await history(20, 100);
    const periods = async (): Promise<string[]> => (await scene.query<{ period: string }>('SELECT period FROM audit.subject_key ORDER BY period')).map(({ period }) => period);
    const before = await periods();
    assert.equal(before.length, 3);
    await retention.enforce();
    const month = new Date(now - 100 * DAY_MILLIS).toISOString().slice(0, 7);
    assert.deepEqual(await periods(), [before[1], month], 'the last pruned month may have been named until its checkpoint');
  });

  it('does nothing where nothing is due, and once a day where something is', async () => {
    await history(300, 399);
    assert.equal(await retention.enforce(), 0);
    await history(300, 401);
    assert.equal(await retention.enforce(), 512);
    assert.equal(await retention.enforce(), 0);
    assert.equal((await scene.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%audit.prune%'`)).length, 1);
  });

  it('is held to 90 days by the database, whoever asks', async () => {
    await history(300, 91);
    await history(300, 89);
    for (const refused of [0, -256, 100, 512, 768, null]) await assert.rejects(asSequencer(`SELECT audit.prune(${refused})`), `${refused}`);
    assert.equal(await bodies(), 600);
    await asSequencer('SELECT audit.prune(256)');
    await assert.rejects(asSequencer('SELECT audit.prune(256)'));
    assert.equal(await bodies(), 344);
  });

  it('is not held up for ever by an entry whose id is of the future: a clock that went wrong, or somebody who chose it', async () => {
    await asSequencer(`SELECT audit.append('ffffffff-ffff-7fff-8fff-ffffffffffff', convert_to('{}', 'UTF8'))`);
    await scene.sequencer.sequence();
    await recordedAgo(['ffffffff-ffff-7fff-8fff-ffffffffffff'], 500);
    await history(255, 500);
    assert.equal(await retention.enforce(), 256);
  });

  it('takes no checkpoint’s word for its age, nor a fresh entry in an old place', async () => {
    await history(255, 200);
    const fresh = await history(1, 0);
    await scene.query(`BEGIN; ALTER TABLE audit.checkpoint DISABLE TRIGGER USER; UPDATE audit.checkpoint SET published_at = clock_timestamp() - interval '200 days';
      ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER append_only; ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER only_advance; COMMIT`);
    await assert.rejects(asSequencer('SELECT audit.prune(256)'), 'one of the 256 is of today');
    const forged = `INSERT INTO audit.checkpoint (number, size, note, previous_hash, published_at) SELECT number + 1, size, note, sha256(convert_to(note, 'UTF8')), now() - interval '1 year' FROM audit.checkpoint ORDER BY number DESC LIMIT 1`;
    await asSequencer(forged);
    const [last] = await scene.query<{ young: boolean }>(`SELECT published_at > clock_timestamp() - interval '1 hour' AS young FROM audit.checkpoint ORDER BY number DESC LIMIT 1`);
    assert.equal(last!.young, true);
    assert.notEqual(await scene.reader.receipt(fresh[0]!), null);
  });

  for (const login of ['app', 'worker'] as const) {
    it(`is nothing that the login ${login} may do`, async () => {

      await assert.rejects(scene.database[login].run(SPEC, (tx) => entityManagerOf(tx).query('SELECT audit.prune(256)')));
      await assert.rejects(scene.database[login].run(SPEC, (tx) => entityManagerOf(tx).query('DELETE FROM audit.entry')));
    });
  }

  it('lets nobody remove an entry that is not below the minimum, not even who owns the table', async () => {
    await history(3, 200);
    await assert.rejects(scene.query('DELETE FROM audit.entry'), /append-only/);
    await assert.rejects(asSequencer('DELETE FROM audit.entry'));
    await assert.rejects(asSequencer('UPDATE audit.pruning SET minimum_index = 256'));
    assert.equal(await bodies(), 3);
  });
});
