import { Module } from '@nestjs/common';
import { HierarchyChangeRepository } from './hierarchy-change.repository.js';
import { HierarchyRepository } from './hierarchy.repository.js';
import { KeyVersionRepository } from './key-version.repository.js';
import { SealRepository } from './seal.repository.js';
import { TransitKeyRepository } from './transit-key.repository.js';
import { TransitUsageRepository } from './transit-usage.repository.js';
import { TransitVersionRepository } from './transit-version.repository.js';
import { TransitWrappingKeyRepository } from './transit-wrapping-key.repository.js';

const REPOSITORIES = [HierarchyChangeRepository, HierarchyRepository, KeyVersionRepository, SealRepository, TransitKeyRepository, TransitUsageRepository, TransitVersionRepository, TransitWrappingKeyRepository];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class CryptoPersistenceModule {}
