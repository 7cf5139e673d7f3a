import { Logger, Module } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork, type Tx, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { CRYPTO_METRICS } from './domain/crypto.metrics.js';
import { Keyring } from './keyring.js';
import { PASSWORD_COST, PasswordHasher } from './password-hasher.js';
import { CryptoPersistenceModule } from './persistence/crypto-persistence.module.js';
import { KeyVersionRepository } from './persistence/key-version.repository.js';
import { RootKeyCheckRepository } from './persistence/root-key-check.repository.js';
import { openRootKey } from './root-key-opening.js';
import type { RootKey } from './root-key.js';

/**
 * Two hashes at once: libuv has four threads, and file reads and name look-ups need the others. At 50 to 100 ms each, 32
 * waiting are served within two seconds.
 */
const HASHES_AT_ONCE = 2;
const HASHES_WAITING_MAX = 32;

/** Opens the root key as this process's configuration says; the boot step that unseals the keyring calls it. */
export class RootKeySource {
  constructor(
    private readonly config: Config,
    private readonly uow: UnitOfWork | null,
    private readonly checks: RootKeyCheckRepository,
  ) {}

  /** Null in a process that holds no key: one that only works. `recordBinding` shares the transaction that binds a new database to its key. */
  async open(recordBinding: (tx: Tx) => Promise<void>): Promise<RootKey | null> {
    const { rootKeyFile: file, dataDirectory, production } = this.config;
    return this.uow === null ? null : openRootKey({ file, dataDirectory, production }, this.uow, this.checks, recordBinding);
  }
}

/** Who holds what follows from the process's roles: an api process has no login to the ledger's keys, nor the reverse. */
function keyringOf(
  config: Config,
  rows: KeyVersionRepository,
  counters: VersionCounters,
  clock: Clock,
  randomness: Randomness,
  application: UnitOfWork,
  sequencer: SequencerUnitOfWork,
  worker: WorkerUnitOfWork,
  metrics: Metrics,
): Keyring {
  const log = new Logger(Keyring.name);
  return new Keyring({
    logins: {
      ...(config.roles.has('api') ? { api: application } : {}),
      ...(config.roles.has('ledger') ? { ledger: sequencer } : {}),
      ...(config.roles.has('worker') ? { worker } : {}),
    },
    rows,
    counters,
    clock,
    randomness,
    onForeignRow: ({ id, purpose, version }) => log.error('a key version was not written under this root key and is ignored', { id, purpose, version }),
    onLoad: () => metrics.increment(CRYPTO_METRICS.crypto_keyring_loads_total),
  });
}

@Module({
  imports: [CryptoPersistenceModule],
  providers: [
    {
      provide: Keyring,
      inject: [Config, KeyVersionRepository, VersionCounters, Clock, Randomness, UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork, Metrics],
      useFactory: keyringOf,
    },
    {
      provide: PasswordHasher,
      inject: [Randomness, Metrics, Clock],
      useFactory: (randomness: Randomness, metrics: Metrics, clock: Clock) =>
        new PasswordHasher(new Semaphore(HASHES_AT_ONCE, HASHES_WAITING_MAX), randomness, PASSWORD_COST, (work) => metrics.timed(CRYPTO_METRICS.crypto_password_hash_duration_seconds, clock, work)),
    },
    {
      provide: RootKeySource,
      inject: [Config, RootKeyCheckRepository, UnitOfWork, SequencerUnitOfWork],
      useFactory: (config: Config, checks: RootKeyCheckRepository, application: UnitOfWork, sequencer: SequencerUnitOfWork) => {
        const login = config.roles.has('api') ? application : config.roles.has('ledger') ? sequencer : null;
        return new RootKeySource(config, login, checks);
      },
    },
  ],
  exports: [Keyring, PasswordHasher, RootKeySource],
})
export class CryptoModule {}
