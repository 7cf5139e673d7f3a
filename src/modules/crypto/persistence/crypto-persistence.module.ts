import { Module } from '@nestjs/common';
import { KeyVersionRepository } from './key-version.repository.js';
import { RootKeyCheckRepository } from './root-key-check.repository.js';

@Module({ providers: [KeyVersionRepository, RootKeyCheckRepository], exports: [KeyVersionRepository, RootKeyCheckRepository] })
export class CryptoPersistenceModule {}
