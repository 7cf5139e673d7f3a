import { Module } from '@nestjs/common';
import { KeyVersionRepository } from './key-version.repository.js';
import { RootKeyCheckRepository } from './root-key-check.repository.js';
import { TransitKeyRepository } from './transit-key.repository.js';
import { TransitVersionRepository } from './transit-version.repository.js';

const REPOSITORIES = [KeyVersionRepository, RootKeyCheckRepository, TransitKeyRepository, TransitVersionRepository];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class CryptoPersistenceModule {}
