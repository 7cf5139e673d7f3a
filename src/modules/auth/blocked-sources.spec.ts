import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runWithTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { type AuthEngine, type AuthScene, openAuthScene } from '../../../test/harness/auth-engine.js';
import { BlockedSources } from './blocked-sources.js';
import { BLOCK_SECONDS_MAX, blockSeconds } from './domain/source-block.js';

const PAGE = { limit: 50, after: null };

describe('the length of a block', () => {
  it('doubles from a minute to an hour, and no further', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map(blockSeconds), [60, 120, 240, 480, 960, 1920, 3600, 3600, BLOCK_SECONDS_MAX]);
  });
});

describe('blocked sources', () => {
  let scene: AuthScene;
  let other: AuthEngine;
  let here: BlockedSources;
  let there: BlockedSources;
  before(async () => {
    scene = await openAuthScene();
    other = await scene.replica();
    here = scene.engine.get(BlockedSources);
    there = other.get(BlockedSources);
  });
  after(() => scene.close());

  /** Offends, and waits until that is written: what `offended` does not. */
  const offend = async (sources: BlockedSources, source: string): Promise<void> => {
    sources.offended(source);
    for (let tries = 0; sources.secondsLeft(source) === 0 && tries < 200; tries += 1) await sleep(20);
    assert.ok(sources.secondsLeft(source) > 0, `${source} was not blocked`);
  };
  const blocksOf = async (address: string) => (await here.list(scene.owner, address, PAGE)).items;
  const endNow = async (): Promise<void> => {
    await scene.query("UPDATE auth.source_block SET ends_at = clock_timestamp() - interval '1 second'");
    await Promise.all([here.refresh(), there.refresh()]);
  };
  const codesAbout = async (id: string): Promise<string[]> => {
    const rows = await scene.query<{ code: string }>("SELECT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code FROM audit.entry WHERE position($1::bytea IN body) > 0 ORDER BY id", [Buffer.from(id)]);
    return rows.map(({ code }) => code);
  };

  it('are refused for a minute, on the replica that saw it at once and on the others when they look', async () => {
    await offend(here, '198.51.100.1');
    const seconds = here.secondsLeft('198.51.100.1');
    assert.ok(seconds > 50 && seconds <= 60, String(seconds));
    assert.equal(here.secondsLeft('198.51.100.2'), 0);
    await there.refresh();
    assert.ok(there.secondsLeft('198.51.100.1') > 50);
  });

  it('are one block when two replicas say so at once', async () => {
    here.offended('198.51.100.3');
    there.offended('198.51.100.3');
    await offend(here, '198.51.100.3').catch(() => here.refresh());
    const [block, ...more] = await blocksOf('198.51.100.3');
    assert.deepEqual([block?.offences, more.length], [1, 0]);
  });

  it('are refused for longer each time, and anew after a day of good behaviour', async () => {
    const lengths: number[] = [];
    for (let offence = 0; offence < 3; offence += 1) {
      await offend(here, '198.51.100.4');
      const [block] = await blocksOf('198.51.100.4');
      lengths.push(Math.round((block!.endsAt.getTime() - block!.beganAt.getTime()) / 1000));
      await endNow();
      assert.equal(here.secondsLeft('198.51.100.4'), 0);
    }
    assert.deepEqual(lengths, [60, 120, 240]);
    await scene.query("UPDATE auth.source_block SET ends_at = clock_timestamp() - interval '25 hours'");
    await offend(here, '198.51.100.4');
    assert.equal((await blocksOf('198.51.100.4'))[0]!.offences, 1);
  });

  it('are recorded, and their address stands nowhere in clear', async () => {
    const trail = { requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: '198.51.100.55', userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
    await runWithTrail(trail, () => offend(here, '198.51.100.55'));
    assert.deepEqual(trail.committedEvents, [], 'the answer of the request names no entry of it');
    const [block] = await blocksOf('198.51.100.55');
    assert.deepEqual(await codesAbout(block!.id), ['access.source.block']);
    const rows = await scene.query<{ text: string }>("SELECT convert_from(body, 'UTF8') AS text FROM audit.entry UNION ALL SELECT source_block::text FROM auth.source_block");
    assert.deepEqual(rows.filter(({ text }) => text.includes('198.51.100.55')), []);
  });

  it('can be let in again by who may, with a clean record', async () => {
    await offend(here, '198.51.100.6');
    await there.refresh();
    const [block] = await blocksOf('198.51.100.6');
    await there.lift(scene.owner, block!.id);
    assert.equal(there.secondsLeft('198.51.100.6'), 0);
    await here.refresh();
    assert.equal(here.secondsLeft('198.51.100.6'), 0);
    assert.deepEqual(await codesAbout(block!.id), ['access.source.block', 'access.source.unblock']);
    await assert.rejects(there.lift(scene.owner, block!.id), (error: unknown) => error instanceof Fault && error.kind.code === 'not-found');
    await offend(here, '198.51.100.6');
    assert.equal((await blocksOf('198.51.100.6'))[0]!.offences, 1);
  });

  it('are shown and let in by nobody else', async () => {
    const eve = await scene.person('eve');
    const principal = await scene.principal(eve.username, eve.password);
    const forbidden = (error: unknown): boolean => error instanceof Fault && error.kind.code === 'forbidden';
    assert.deepEqual(await here.list(principal, null, PAGE), { items: [], next: null }, 'a list shows what may be read, and that is none');
    await assert.rejects(here.lift(principal, '0198c0de-0000-7000-8000-0000000000aa'), forbidden);
  });

  it('are as many as there may be, and no more', async () => {
    await scene.query(
      `INSERT INTO auth.source_block (id, source, offences, began_at, ends_at)
       SELECT gen_random_uuid(), sha256(n::text::bytea), 1, now(), now() - interval '1 hour' FROM generate_series(1, 10000) AS n`,
    );
    here.offended('198.51.100.7');
    await sleep(300);
    assert.equal(here.secondsLeft('198.51.100.7'), 0);
    assert.deepEqual(await blocksOf('198.51.100.7'), []);
  });
});
