import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HealthBoard } from '#modules/health/index.js';
import { SystemClock } from '#platform/system/clock.js';
import { awaitReadiness } from './await-readiness.js';

const LIMIT_MILLIS = 200;
const inTime = (): void => assert.fail('it is not late');

describe('boot: readiness', () => {
  const clock = new SystemClock();
  const serving = (): HealthBoard => {
    const board = new HealthBoard(clock);
    board.markServing();
    return board;
  };

  it('is awaited until the first tick in which every probe passed', async () => {
    const board = serving();
    board.post({ database: false });
    const awaited = awaitReadiness(board, clock, 10_000, inTime);
    setTimeout(() => board.post({ database: true }), 50);
    assert.equal(await awaited, 'ready');
  });

  it('is told once to be late, and awaited all the same', async () => {
    const board = serving();
    board.post({ database: false });
    const told: number[] = [];
    const awaited = awaitReadiness(board, clock, LIMIT_MILLIS, () => {
      told.push(1);
      setTimeout(() => board.post({ database: true }), 50);
    });
    assert.equal(await awaited, 'ready');
    assert.deepEqual(told, [1]);
  });

  it('is awaited no longer once the server drains', async () => {
    const board = serving();
    const awaited = awaitReadiness(board, clock, 10_000, inTime);
    board.post({ database: true });
    board.markDraining();
    assert.equal(await awaited, 'draining');
  });
});
