import { Logger } from '@nestjs/common';
import { FirstOwner } from '#modules/auth/index.js';
import { LedgerVerifier } from '#modules/audit/index.js';
import { HealthBoard } from '#modules/health/index.js';
import { Keyring, RootKeyRefusal, RootKeySource } from '#modules/crypto/index.js';
import type { Config } from '#platform/config/config.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError, loadConfig } from '#platform/config/load-config.js';
import { UnfitDatabaseError } from '#platform/database/boot-checks.js';
import { SchemaAheadError } from '#platform/database/migration-runner.js';
import { type RunningDatabase, startDatabase } from '#platform/database/start-database.js';
import { SystemClock } from '#platform/system/clock.js';
import { SCHEMA } from '../../migrations/index.js';
import { ensureFirstOwner } from '../boot/first-owner.js';
import { runKnownAnswerTests } from '../boot/known-answer-tests.js';
import { BootInterrupted, type BootRecord, SecureBoot } from '../boot/secure-boot.js';
import { unsealKeyring } from '../boot/unseal-keyring.js';
import { LedgerHeadRefusal, verifyAuditHead } from '../boot/verify-audit-head.js';
import { compose } from './compose.js';
import { ServerLogger } from './server-logger.js';
import { refuseUnavailable } from './unavailable-settings.js';
import { shutDownOnSignals } from './graceful-shutdown.js';

/** sysexits.h EX_CONFIG: started in a way that no restart will mend. */
const EXIT_CONFIG = 78;

/** From nothing to the first request, or to one sentence about why not and an exit code. */
export async function serve(): Promise<void> {
  const clock = new SystemClock();
  const signals = watchSignals();
  const boot = new SecureBoot(clock, () => signals.received);
  let database: RunningDatabase | null = null;
  try {
    await boot.step('known answers', runKnownAnswerTests);
    const config = await boot.step('configuration', () => refuseUnavailable(loadConfig(readEnvironment())));
    const logger = new ServerLogger(config.logging.level, config.production);
    Logger.overrideLogger(logger);
    const log = new Logger('Boot');
    database = await boot.step('database', () => startDatabase(config, SCHEMA, (line) => log.log(line)));
    const { app } = await boot.step('composition', () => compose(config, database!.urls, logger));
    const health = app.get(HealthBoard);
    signals.handOver();
    shutDownOnSignals(app, clock, {
      markDraining: () => health.markDraining(),
      delayMillis: config.shutdownDelayMillis,
      graceMillis: config.shutdownGraceMillis,
      afterClose: async () => database?.stop(),
    });
    await boot.step('keyring', () => unsealKeyring({ source: app.get(RootKeySource), keyring: app.get(Keyring) }));
    if (config.roles.has('api')) {
      await boot.step('ledger head', () => verifyAuditHead(app.get(LedgerVerifier)));
      await boot.step('first owner', () => ensureFirstOwner(app.get(FirstOwner), { ...config.bootstrap, dataDirectory: config.dataDirectory, production: config.production }));
    }
    await boot.step('listening', () => app.listen({ port: config.http.port, host: config.http.host }));
    health.markServing();
    greet(await app.getUrl(), config, database, boot.record);
  } catch (error) {
    await database?.stop().catch(() => undefined);
    refuse(error);
  }
}

/**
 * On the way up a signal is noted and obeyed between two steps: killed in the middle, the embedded Postgres would
 * outlive the process that started it.
 */
function watchSignals(): { readonly received: NodeJS.Signals | null; handOver(): void } {
  let received: NodeJS.Signals | null = null;
  const note = (signal: NodeJS.Signals): void => void (received ??= signal);
  process.on('SIGINT', note).on('SIGTERM', note);
  return {
    get received() {
      return received;
    },
    handOver: () => void process.off('SIGINT', note).off('SIGTERM', note),
  };
}

/** A few lines for the person at the terminal, and one that scripts may wait for: `ready at`. */
function greet(url: string, config: Config, database: RunningDatabase, { steps }: BootRecord): void {
  const seconds = steps.reduce((sum, { durationMillis }) => sum + durationMillis, 0) / 1000;
  const lines = [
    `Quantonium is ready at ${url}`,
    `  started     in ${seconds.toFixed(1)} s`,
    `  data        ${database.description}${database.separation ? '' : ' (one login for everything: the separation of duties is off)'}`,
    ...(config.roles.has('api')
      ? [`  docs        ${url}/docs`, `  try         curl -s ${url}/v1/auth/login -H 'Content-Type: application/json' -d '{"username": "${config.bootstrap.ownerUsername}", "password": "…"}'`]
      : [`  roles       ${[...config.roles].join(', ')}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What an operator can mend is said in its own words; everything else is a defect and shows where it happened. */
function refuse(error: unknown): never {
  if (error instanceof BootInterrupted) process.exit(0);
  const isOperators = error instanceof ConfigError || error instanceof RootKeyRefusal || error instanceof SchemaAheadError || error instanceof UnfitDatabaseError || error instanceof LedgerHeadRefusal;
  const text = error instanceof Error ? (isOperators ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`Quantonium does not start: ${text}\n`);
  process.exit(isOperators ? EXIT_CONFIG : 1);
}
