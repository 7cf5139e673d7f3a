import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { type LedgerScene, openLedgerScene } from '../harness/ledger.js';
import { startAuditWorker, untilServerNoticed } from './audit-workers.js';
import type { PointOf } from './crash-points.js';
import { FAULT_SEED, generator, roundsScaled } from './parameters.js';

const ROOT_KEY = '05'.repeat(32);

/**
 * Every named place between a deed and its checkpoint, and how often it is passed at most before it kills; half as often
 * at least, so that it kills among deeds and not on the way to the first.
 */
const PLACES: Readonly<Record<PointOf<'audit-crash'>, number>> = {
  'audit.append.before-commit': 80,
  'database.commit.before-sending': 80,
  'database.commit.before-answer': 80,
  'audit.group.after-commit': 10,
  'audit.sequence.after-leaves': 6,
  'audit.sequence.after-tiles': 6,
  'audit.sequence.before-commit': 6,
  'audit.sequence.after-commit': 6,
  'audit.publish.after-signing': 6,
  'audit.publish.before-commit': 6,
  'audit.publish.after-commit': 6,
};
const random = generator();
const CRASH_POINTS = Array.from({ length: roundsScaled(0.1) }, () => Object.entries(PLACES).map(([name, passagesMax]) => `${name}:${Math.ceil(passagesMax * (1 + random()) / 2)}`)).flat();
const RANDOM_KILLS = roundsScaled(0.4);

describe(`the ledger under kill -9 (seed ${FAULT_SEED}, ${CRASH_POINTS.length} at named points and ${RANDOM_KILLS} at random times)`, () => {
  let scene: LedgerScene;
  const acknowledged = new Set<string>();
  before(async () => {
    scene = await openLedgerScene({ rootKey: Buffer.from(ROOT_KEY, 'hex') });
    await scene.query('CREATE TABLE public.deed (entry_id uuid); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
  });
  after(() => scene.close());

  const start = (crashAt: string | null) => {
    const { app: appUrl, sequencer: sequencerUrl } = scene.database.urls;
    return startAuditWorker({ appUrl, sequencerUrl, rootKey: ROOT_KEY, crashAt }, (id) => acknowledged.add(id));
  };

  const assertNothingLost = async (): Promise<void> => {
    await untilServerNoticed(scene);
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
    const lost = await scene.query('SELECT id FROM unnest($1::uuid[]) AS a (id) WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = a.id)', [[...acknowledged]]);
    assert.deepEqual(lost, [], 'every acknowledged entry is there');
    const [counts] = await scene.query<{ unrecorded: string; undone: string; unsequenced: string; gaps: string }>(
      `SELECT (SELECT count(*) FROM public.deed d WHERE NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = d.entry_id)) AS unrecorded,
              (SELECT count(*) FROM audit.entry e WHERE (convert_from(e.body, 'UTF8')::json #>> '{unmapped,n}')::int % 5 <> 4
                 AND NOT EXISTS (SELECT FROM public.deed d WHERE d.entry_id = e.id)) AS undone,
              (SELECT count(*) FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id)) AS unsequenced,
              (SELECT count(*) - max(index) - 1 FROM audit.leaf) AS gaps`,
    );
    assert.deepEqual(counts, { unrecorded: '0', undone: '0', unsequenced: '0', gaps: '0' });
    assert.deepEqual((await scene.rederive()).mismatches, []);
  };

  for (const crashAt of CRASH_POINTS) {
    it(`loses nothing that was acknowledged when killed at ${crashAt}`, async (t) => {
      const { ended } = start(crashAt);
      const { signal, stderr } = await ended;
      assert.equal(signal, 'SIGKILL');
      assert.match(stderr, new RegExp(`crash point ${crashAt.split(':')[0]}`), 'the kill landed in the window that was meant');
      await assertNothingLost();
      t.diagnostic(`${acknowledged.size} acknowledged so far, none lost`);
    });
  }

  it('loses nothing with two processes that sequence, killed again and again at any moment', async (t) => {
    for (let round = 0; round < RANDOM_KILLS; round += 1) {
      const workers = [start(null), start(null)];
      await Promise.all(workers.map(({ busy }) => busy));
      // Any moment will do: the length of the wait is not what is tested.
      await sleep(100 + Math.floor(random() * 500));
      for (const { kill } of workers) kill();
      await Promise.all(workers.map(({ ended }) => ended));
      await assertNothingLost();
    }
    t.diagnostic(`${acknowledged.size} acknowledged, none lost`);
  });
});
