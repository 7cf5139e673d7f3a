import { Logger, type INestApplicationContext } from '@nestjs/common';
import type { Clock } from '#platform/system/clock.js';

export interface ShutdownPlan {
  /** Says to the orchestrator that no more work is wanted: the first thing that happens. */
  markDraining(): void;
  /** How long the address still gets requests after that: until an orchestrator has looked and told its proxies. */
  readonly delayMillis: number;
  /** From the signal to the end. Work that is still running is cut off: a crash is safe, a process that hangs is not. */
  readonly graceMillis: number;
  /** After Nest has closed everything; for what was open before it, such as an embedded database. */
  afterClose(): Promise<void>;
}

/** sysexits.h EX_TEMPFAIL: ended by itself for what a new process will have again. Whatever restarts on failure restarts on it. */
export const EXIT_AGAIN = 75;

/** With `npm start` one Ctrl-C arrives twice at once, from the terminal and from npm: that is not asking twice. */
const ASKED_AGAIN_MILLIS = 1_000;

/**
 * SIGTERM and SIGINT: readiness off, a delay, then no new connections, requests under way to their end, the records
 * flushed, the pools closed, exit 0.
 *
 * Returns what a signal does: for one that arrived before this was called, and for what else is a reason to end, with an
 * exit code of its own.
 *
 * Nest's own shutdown hooks end by sending the signal to the process once more: that makes exit code 143, and as PID 1
 * the kernel drops a signal that has no handler, so the process never ends (nestjs/nest#14432). We exit ourselves.
 */
export function shutDownOnSignals(app: INestApplicationContext, clock: Clock, plan: ShutdownPlan): (why: NodeJS.Signals | 'threads lost', exitCode?: number) => void {
  const logger = new Logger('Shutdown');
  let sinceMillis: number | null = null;
  const stop = (why: NodeJS.Signals | 'threads lost', exitCode = 0): void => {
    if (sinceMillis !== null) {
      // Whoever asks twice at a terminal wants it now.
      if (why === 'SIGINT' && clock.monotonicMillis() - sinceMillis > ASKED_AGAIN_MILLIS) process.exit(130);
      return;
    }
    sinceMillis = clock.monotonicMillis();
    plan.markDraining();
    logger.log('draining', { why });
    setTimeout(() => {
      logger.error('not finished in time: leaving', { graceMillis: plan.graceMillis });
      process.exit(1);
    }, plan.graceMillis).unref();
    drain(app, plan).then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error('the shutdown failed', { error });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  return stop;
}

async function drain(app: INestApplicationContext, plan: ShutdownPlan): Promise<void> {
  if (plan.delayMillis > 0) await new Promise((resolve) => setTimeout(resolve, plan.delayMillis));
  await app.close();
  await plan.afterClose();
}
