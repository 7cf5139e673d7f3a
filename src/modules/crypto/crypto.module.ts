import { Logger, Module } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { CRYPTO_METRICS } from './domain/crypto.metrics.js';
import type { Argon2Cost } from './domain/phc.js';
import { KeyHierarchy } from './hierarchy/key-hierarchy.js';
import { ProjectKeys } from './hierarchy/project-keys.js';
import { Keyring } from './keyring.js';
import { OTHER_PASSWORD_COST, PASSWORD_COST, PasswordHasher } from './password-hasher.js';
import { CryptoPersistenceModule } from './persistence/crypto-persistence.module.js';
import { RootRotation } from './hierarchy/root-rotation.js';
import { HierarchyChangeRepository } from './persistence/hierarchy-change.repository.js';
import { HierarchyRepository } from './persistence/hierarchy.repository.js';
import { KeyVersionRepository } from './persistence/key-version.repository.js';
import { SealRepository } from './persistence/seal.repository.js';
import { automaticSeal } from './seals/configured-seals.js';
import { SealChange } from './seals/seal-change.js';
import { SealWork } from './seals/seal-work.js';
import { Seal } from './seals/seal.js';
import { SigningKeys } from './signing-keys.js';

/**
 * Two hashes at once: keys, files and names need the other threads of libuv (boot/loader/thread-pool), and hashes the
 * cores. At 50 to 100 ms each, 64 waiting are served within about three seconds.
 */
const HASHES_AT_ONCE = 2;
const HASHES_WAITING_MAX = 64;

/** The login that a process opens its keys with; null in one that holds none. */
function openingLogin(config: Config, application: UnitOfWork, sequencer: SequencerUnitOfWork): UnitOfWork | null {
  return config.roles.has('api') ? application : config.roles.has('ledger') ? sequencer : null;
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
    algorithms: { jwt: JWT_KEYS[config.signingKeys.jwtAlgorithm] },
    onForeignRow: ({ id, purpose, version }) => log.error('a key version was not written under this root key and is ignored', { id, purpose, version }),
    onLoad: () => metrics.increment(CRYPTO_METRICS.crypto_keyring_loads_total),
  });
}

/** JOSE's names of them (RFC 7518 §3.1, RFC 8037 §3.1). */
const JWT_KEYS = { ES256: 'ES256', EdDSA: 'Ed25519', RS256: 'RS256' } as const;

function sealOf(config: Config, seals: SealRepository, hierarchy: KeyHierarchy, keyring: Keyring, work: SealWork, clock: Clock, randomness: Randomness, application: UnitOfWork, sequencer: SequencerUnitOfWork): Seal {
  hierarchy.onClose(() => keyring.dropKeys());
  return new Seal({ units: openingLogin(config, application, sequencer), seals, hierarchy, clock, randomness, automatic: automaticSeal(config, randomness, clock), work });
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
      provide: SigningKeys,
      inject: [Keyring, Clock, Config],
      useFactory: (keyring: Keyring, clock: Clock, { signingKeys }: Config) => new SigningKeys(keyring, clock, signingKeys.rotationMillis),
    },
    {
      provide: PasswordHasher,
      inject: [Randomness, Metrics, Clock, { token: OTHER_PASSWORD_COST, optional: true }],
      useFactory: (randomness: Randomness, metrics: Metrics, clock: Clock, cost: Argon2Cost = PASSWORD_COST) =>
        new PasswordHasher(new Semaphore(HASHES_AT_ONCE, HASHES_WAITING_MAX), randomness, cost, (work) => metrics.timed(CRYPTO_METRICS.crypto_password_hash_duration_seconds, clock, work)),
    },
    {
      provide: KeyHierarchy,
      inject: [Config, HierarchyRepository, Randomness, UnitOfWork, SequencerUnitOfWork],
      useFactory: (config: Config, rows: HierarchyRepository, randomness: Randomness, application: UnitOfWork, sequencer: SequencerUnitOfWork) =>
        new KeyHierarchy(openingLogin(config, application, sequencer), rows, randomness),
    },
    {
      provide: ProjectKeys,
      inject: [UnitOfWork, HierarchyRepository, KeyHierarchy, Clock, Randomness],
      useFactory: (...parts: ConstructorParameters<typeof ProjectKeys>) => new ProjectKeys(...parts),
    },
    {
      provide: RootRotation,
      inject: [KeyHierarchy, HierarchyRepository, HierarchyChangeRepository, Clock],
      useFactory: (...parts: ConstructorParameters<typeof RootRotation>) => new RootRotation(...parts),
    },
    {
      provide: SealChange,
      inject: [HierarchyChangeRepository, Randomness],
      useFactory: (...parts: ConstructorParameters<typeof SealChange>) => new SealChange(...parts),
    },
    {
      provide: SealWork,
      inject: [Config, SealRepository, KeyHierarchy, SealChange, RootRotation, Clock, Randomness],
      useFactory: (config: Config, seals: SealRepository, hierarchy: KeyHierarchy, change: SealChange, rotation: RootRotation, clock: Clock, randomness: Randomness) =>
        new SealWork({ config, seals, hierarchy, change, rotation, clock, randomness }),
    },
    {
      provide: Seal,
      inject: [Config, SealRepository, KeyHierarchy, Keyring, SealWork, Clock, Randomness, UnitOfWork, SequencerUnitOfWork],
      useFactory: sealOf,
    },
  ],
  exports: [KeyHierarchy, Keyring, PasswordHasher, ProjectKeys, Seal, SigningKeys],
})
export class CryptoModule {}
