import { Module } from '@nestjs/common';
import { CryptoModule, Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { AuditPersistenceModule } from '../persistence/audit-persistence.module.js';
import { SubjectKeyRepository } from '../persistence/subject-key.repository.js';
import { PersonalDataReader } from './personal-data-reader.js';
import { PersonalDataSealer } from './personal-data-sealer.js';
import { SubjectKeys } from './subject-keys.js';

/** What is personal in the ledger: closed in every process that records, opened only where the application's login is. */
@Module({
  imports: [AuditPersistenceModule, CryptoModule],
  providers: [
    {
      provide: SubjectKeys,
      inject: [Config, UnitOfWork, SubjectKeyRepository, Keyring, Clock, Randomness],
      useFactory: (config: Config, app: UnitOfWork, rows: SubjectKeyRepository, keyring: Keyring, clock: Clock, randomness: Randomness) =>
        new SubjectKeys(config.roles.has('api') ? app : null, rows, keyring, clock, randomness),
    },
    PersonalDataSealer,
    PersonalDataReader,
  ],
  exports: [PersonalDataSealer, PersonalDataReader, SubjectKeys],
})
export class PrivacyModule {}
