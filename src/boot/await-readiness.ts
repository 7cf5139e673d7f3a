import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthBoard } from '#modules/health/index.js';
import type { Clock } from '#platform/system/clock.js';

/** What the board is asked for again: reading it costs nothing. */
const LOOK_MILLIS = 20;

/**
 * Waits until a probe of an orchestrator would be answered with yes, so that whoever reads `ready at` may believe it.
 * Resolves with what it saw: `late` after the limit (the server serves, and something that it needs does not work yet),
 * `draining` when it was asked to stop meanwhile.
 */
export async function awaitReadiness(board: Pick<HealthBoard, 'phase' | 'isReady'>, clock: Clock, limitMillis: number): Promise<'ready' | 'late' | 'draining'> {
  const deadline = clock.monotonicMillis() + limitMillis;
  for (;;) {
    if (board.phase === 'draining') return 'draining';
    if (board.isReady()) return 'ready';
    if (clock.monotonicMillis() >= deadline) return 'late';
    await sleep(LOOK_MILLIS);
  }
}
