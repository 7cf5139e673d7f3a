import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstOwner } from '#modules/auth/index.js';
import { Attestation, AuditLog, LedgerVerifier } from '#modules/audit/index.js';
import { HealthBoard, HealthProbes, ProbeFailure, RuntimeStanding, type Standing } from '#modules/health/index.js';
import { Keyring, Seal } from '#modules/crypto/index.js';
import type { Config } from '#platform/config/config.js';
import { type Environment, readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { admitRelease } from '#platform/database/release-epoch.js';
import { type RunningDatabase, startDatabase } from '#platform/database/start-database.js';
import type { StrictFastifyAdapter } from '#platform/http/http-adapter.js';
import type { ManagementServer } from '#platform/http/management-server.js';
import { orRefusal } from '#platform/http/listen-refusal.js';
import { proveRedis } from '#platform/http/rate-limit/admit-redis.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { measureProcess } from '#platform/metrics/process-metrics.js';
import { Clock, SystemClock } from '#platform/system/clock.js';
import { Drivers } from '#platform/system/drivers.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { SCHEMA } from '../../migrations/index.js';
import { type AdmittedProcess, admitProcess } from '../boot/admit-process.js';
import { awaitReadiness } from '../boot/await-readiness.js';
import { ensureFirstOwner } from '../boot/first-owner.js';
import { runKnownAnswerTests } from '../boot/known-answer-tests.js';
import { recordBoot } from '../boot/record-boot.js';
import { SealedLife } from '../boot/sealed-life.js';
import { settleWorkers } from '../boot/settle-workers.js';
import { BootInterrupted, SecureBoot } from '../boot/secure-boot.js';
import { verifyAuditHead } from '../boot/verify-audit-head.js';
import { watchRelease } from '../boot/watch-release.js';
import { compose } from './compose.js';
import { EXIT_AGAIN, shutDownOnSignals } from './graceful-shutdown.js';
import { openManagement } from './management.js';
import { explain } from './operator-errors.js';
import { ServerLogger } from './server-logger.js';
import type { SignalWatch } from './signal-watch.js';

/** From listening to the first good tick: a database that takes longer than this to commit one row is worth a warning. */
const READINESS_LIMIT_MILLIS = 10_000;
/** For closing what a boot that failed had opened: nothing of it is at work yet. */
const ABANDON_LIMIT_MILLIS = 20_000;

/** What a boot has opened so far, and must close again if it ends early. */
interface Opened {
  app: NestFastifyApplication | null;
  database: RunningDatabase | null;
  management: ManagementServer | null;
}

interface Begun {
  readonly config: Config;
  readonly app: NestFastifyApplication;
  readonly database: RunningDatabase;
  readonly management: ManagementServer | null;
  readonly life: SealedLife;
}

/** From nothing to the first request, or to one sentence about why not and an exit code. */
export async function serve(signals: SignalWatch): Promise<void> {
  const clock = new SystemClock();
  const boot = new SecureBoot(clock, () => signals.received);
  const opened: Opened = { app: null, database: null, management: null };
  try {
    const { config, app, database, management, life } = await bringUp(boot, opened, clock);
    const board = app.get(HealthBoard);
    // From here on a signal drains. In one turn of the event loop, so that none falls between the two.
    const stop = shutDownOnSignals(app, clock, {
      markDraining: () => {
        board.markDraining();
        (app.getHttpAdapter() as unknown as StrictFastifyAdapter).isDraining = true;
      },
      delayMillis: config.shutdownDelayMillis,
      graceMillis: config.shutdownGraceMillis,
      // To the end: how a shutdown goes is worth a scrape.
      afterClose: async () => {
        await management?.close();
        await database.stop();
      },
    });
    endWithoutThreads(app, () => stop('threads lost', EXIT_AGAIN));
    const asked = signals.handOver();
    if (!app.get(Seal).isSealed) board.markServing();
    life.listening();
    if (asked !== null) stop(asked);
    else if (board.phase === 'sealed') process.stdout.write(`Quantonium is sealed at ${await app.getUrl()}: it serves once it is unsealed (POST /v1/sys/unseal)\n`);
    else await greetWhenReady({ url: await app.getUrl(), config, database, management, boot, board, clock, release: app.get(RuntimeStanding).release });
  } catch (error) {
    await abandon(opened);
    refuse(boot, error);
  }
}

/** The stages up to the first request that is taken. A signal is obeyed between two of them. */
async function bringUp(boot: SecureBoot, opened: Opened, clock: Clock): Promise<Begun> {
  const environment = readEnvironment();
  const admitted = await admitProcess(boot, environment);
  const config = await boot.stage('configuration', () => configure(environment));
  const selfTests = await boot.stage('known answers', () => runKnownAnswerTests(), (count) => count);
  const logger = new ServerLogger(config.logging.level, config.production);
  Logger.overrideLogger(logger);
  const log = new Logger('Boot');
  if (admitted.forbidden.length > 0) log.warn('variables are set that production refuses', { names: admitted.forbidden });
  const database = await boot.stage('database', () => startDatabase(config, SCHEMA, (note) => log.log('the database says', { note })));
  opened.database = database;
  const { redis } = config;
  // A process that serves no API counts nothing.
  if (redis !== null && config.roles.has('api')) await boot.stage('redis', () => proveRedis(redis, config.production, (reason) => log.warn('the counters of REDIS_URL', { reason })), (found) => found);
  const standing = standingOf(boot, admitted, selfTests);
  await boot.stage('rollback', async () => void (standing.release === null ? undefined : await admitRelease(database.urls, standing.release)), () => standing.release?.epoch ?? null);
  const { app } = await boot.stage('composition', () => compose(config, database.urls, logger));
  opened.app = app;
  app.get(RuntimeStanding).establish(standing);
  measureProcess(app.get(Metrics));
  // Before the steps that may take long: a probe of it sees that the process is starting.
  const management = await boot.stage('management port', () => openManagement(config.management, app));
  opened.management = management;
  const board = app.get(HealthBoard);
  const life = new SealedLife({
    seal: app.get(Seal),
    keyring: app.get(Keyring),
    log: app.get(AuditLog),
    board,
    begin: () => begin(boot, config, app, admitted),
    // Whoever unsealed it has it serving: a greeting that fails ends nothing, and is told.
    onServing: () =>
      void app
        .getUrl()
        .then((url) => greetWhenReady({ url, config, database, management, boot, board, clock, release: standing.release }))
        .catch((error: unknown) => (error instanceof BootInterrupted ? undefined : log.error('unsealed, and not seen to become ready', { error }))),
    fail: (error) => void abandon(opened).then(() => refuse(boot, error)),
    onRetryFailed: (error) => log.warn('the seal does not open yet; it is tried again', { error }),
  });
  await boot.stage('seal', () => life.open());
  await life.begin();
  await boot.stage('listening', () => orRefusal('PORT', config.http.port, app.listen({ port: config.http.port, host: config.http.host })));
  return { config, app, database, management, life };
}

/** The stages that need keys: at the start, or when a process that started sealed is unsealed. */
async function begin(boot: SecureBoot, config: Config, app: NestFastifyApplication, { release }: AdmittedProcess): Promise<void> {
  // Whoever adds to the ledger or continues its tree looks first whether it may.
  if (config.roles.has('api') || config.roles.has('ledger')) await boot.stage('ledger head', () => verifyAuditHead(app.get(LedgerVerifier)));
  if (config.roles.has('ledger')) await boot.stage('attestations', () => app.get(Attestation).begin());
  if (config.roles.has('api')) {
    await boot.stage('first owner', () => ensureFirstOwner(app.get(FirstOwner), { ...config.bootstrap, dataDirectory: config.dataDirectory, production: config.production }));
  }
  const settled = await boot.stage('workers', () => settleWorkers(config.roles, app.get(ThreadRoster), app.get(Drivers)), (found) => ({ ...found }));
  if ('threads' in settled) new Logger('Threads').log('this process makes no thread from now on', { ...settled });
  await boot.stage('boot record', () => recordBoot(app.get(AuditLog), app.get(RuntimeStanding)));
  if (release !== null) watchRelease(release, app.get(RuntimeStanding), app.get(AuditLog), app.get(Clock));
}

/** Of a process that can make no thread any more: readiness names what is lost, and a new process has it again. */
function endWithoutThreads(app: NestFastifyApplication, stop: () => void): void {
  const [roster, log] = [app.get(ThreadRoster), new Logger('Threads')];
  app.get(HealthProbes).add({
    name: 'threads',
    check: () => (roster.exhausted.length === 0 ? Promise.resolve() : Promise.reject(new ProbeFailure(`no thread is left of: ${roster.exhausted.join(', ')}`))),
  });
  roster.onLoss((loss) => {
    log.error('a thread has ended, and none takes its place', { ...loss });
    if (loss.left === 0) stop();
  });
}

/** Whether it is production decides what was refused before there was a configuration, so it is said where both see it. */
async function configure(environment: Environment): Promise<Config> {
  const config = await readConfig(environment);
  if (config.production && environment['NODE_ENV'] !== 'production') throw new ConfigError(['NODE_ENV must be given in the environment itself: the first stages of a start ask it']);
  return config;
}

function standingOf(boot: SecureBoot, { release, hardening, seccompMode }: AdmittedProcess, selfTests: number): Standing {
  const { version = '', epoch = 0 } = release?.files.manifest ?? {};
  return { release: release === null ? null : { digest: release.digest, version, epoch }, hardening, seccompMode, selfTests, stages: () => boot.stages };
}

/** Closes in the order of a shutdown: the application with its pools, then the database beneath them. */
async function abandon({ app, database, management }: Opened): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write(`Quantonium does not start, and could not close within ${ABANDON_LIMIT_MILLIS} ms what it had opened\n`);
    process.exit(1);
  }, ABANDON_LIMIT_MILLIS).unref();
  await app?.close().catch(() => undefined);
  await management?.close();
  await database?.stop().catch(() => undefined);
  clearTimeout(timer);
}

interface Arrival {
  readonly url: string;
  readonly config: Config;
  readonly database: RunningDatabase;
  readonly management: ManagementServer | null;
  readonly boot: SecureBoot;
  readonly board: HealthBoard;
  readonly clock: Clock;
  readonly release: Standing['release'];
}

/** A few lines for the person at the terminal, and one that scripts may wait for: `ready at`. */
async function greetWhenReady({ url, config, database, management, boot, board, clock, release }: Arrival): Promise<void> {
  const late = (): void => new Logger('Boot').warn('listening, and not ready: /health/ready names what does not work', { waitedMillis: READINESS_LIMIT_MILLIS });
  if ((await boot.stage('readiness', () => awaitReadiness(board, clock, READINESS_LIMIT_MILLIS, late))) === 'draining') return;
  const seconds = boot.stages.reduce((sum, { durationMillis }) => sum + durationMillis, 0) / 1000;
  const lines = [
    `Quantonium is ready at ${url}`,
    `  started     in ${seconds.toFixed(1)} s`,
    `  release     ${release === null ? 'none: run from a checkout, for development' : `${release.digest}, epoch ${release.epoch}`}`,
    `  data        ${database.description}${database.separation ? '' : ' (one login for everything: the separation of duties is off)'}`,
    ...(management === null ? [] : [`  metrics     ${management.url}/metrics`]),
    ...(config.roles.has('api')
      ? [`  docs        ${url}/docs`, `  try         curl -s ${url}/v1/auth/login -H 'Content-Type: application/json' -d '{"username": "${config.bootstrap.ownerUsername}", "password": "…"}'`]
      : [`  roles       ${[...config.roles].join(', ')}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** In the operator's words where there are some, and where it happened; an interrupted boot is no failure. */
function refuse({ underWay }: SecureBoot, error: unknown): never {
  if (error instanceof BootInterrupted) process.exit(0);
  const { text, exitCode } = explain(error);
  process.stderr.write(`Quantonium does not start${underWay === null ? '' : `, at its stage «${underWay}»`}: ${text}\n`);
  process.exit(exitCode);
}
