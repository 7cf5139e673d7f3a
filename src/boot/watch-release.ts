import { Logger } from '@nestjs/common';
import type { AuditLog } from '#modules/audit/index.js';
import { HEALTH_EVENTS, type RuntimeStanding } from '#modules/health/index.js';
import type { Clock } from '#platform/system/clock.js';
import { Periodic } from '#platform/system/periodic.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { RunningRelease } from './loader/running-release.js';
import { endWith, EXIT_VIOLATION, leave, tellViolation, type Violation } from './loader/violation.js';
import { ReleaseWatch, TURN_MILLIS } from './release-watch.js';

const WATCH = systemPrincipal('release-watch');
/** For the entry that tells of it. Whoever changed the release may have changed what is run meanwhile. */
const LAST_WORDS_MILLIS = 2_000;

/** From here on a violation is also an entry of the ledger, by which an alert is raised, where that can still be written. */
export function watchRelease({ files }: RunningRelease, standing: Pick<RuntimeStanding, 'markRechecked'>, log: Pick<AuditLog, 'record'>, clock: Clock): void {
  const logger = new Logger('Release');
  let isOver = false;
  endWith((violation) => {
    if (isOver) return;
    isOver = true;
    const end = (): never => process.exit(EXIT_VIOLATION);
    setTimeout(end, LAST_WORDS_MILLIS);
    void record(log, violation).then(end, end);
  });
  const watch = new ReleaseWatch(files, () => standing.markRechecked(clock.nowMillis()));
  const turn = async (): Promise<void> => {
    const violation = await watch.turn();
    if (violation === null || isOver) return;
    tellViolation(violation);
    leave(violation);
  };
  void new Periodic(TURN_MILLIS, turn, { failed: (error) => logger.warn('the release could not be read over', { error }) }, { evenSealed: true }).start();
}

async function record(log: Pick<AuditLog, 'record'>, { reason, file }: Violation): Promise<void> {
  await log.record({ kind: HEALTH_EVENTS['server.integrity.violation'], outcome: 'failure', actor: WATCH, facts: { reason, file } });
}
