import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthBoard } from '#modules/health/index.js';
import type { Clock } from '#platform/system/clock.js';

/** What the board is asked for again: reading it costs nothing. */
const LOOK_MILLIS = 20;

/**
 * Waits until a probe of an orchestrator would be answered with yes, so that whoever reads `ready at` may believe it.
 * `late` is called once after the limit: the server listens, and something that it needs does not work yet. Resolves with
 * `draining` when it was asked to stop meanwhile.
 */
export async function awaitReadiness(board: Pick<HealthBoard, 'phase' | 'isReady'>, clock: Clock, limitMillis: number, late: () => void): Promise<'ready' | 'draining'> {
  const deadline = clock.monotonicMillis() + limitMillis;
  let isLate = false;
  for (;;) {
    if (board.phase === 'draining') return 'draining';
    if (board.isReady()) return 'ready';
    if (!isLate && clock.monotonicMillis() >= deadline) {
      isLate = true;
      late();
    }
    await sleep(LOOK_MILLIS);
  }
}
