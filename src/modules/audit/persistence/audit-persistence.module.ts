import { Module } from '@nestjs/common';
import { EntryRepository } from './entry.repository.js';
import { SequencingRepository } from './sequencing.repository.js';
import { TreeRepository } from './tree.repository.js';

@Module({
  providers: [EntryRepository, TreeRepository, SequencingRepository],
  exports: [EntryRepository, TreeRepository, SequencingRepository],
})
export class AuditPersistenceModule {}
