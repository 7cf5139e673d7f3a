import { Module } from '@nestjs/common';
import { CursorRepository } from './cursor.repository.js';
import { EntryRepository } from './entry.repository.js';
import { SequencingRepository } from './sequencing.repository.js';
import { TreeRepository } from './tree.repository.js';

@Module({
  providers: [EntryRepository, TreeRepository, SequencingRepository, CursorRepository],
  exports: [EntryRepository, TreeRepository, SequencingRepository, CursorRepository],
})
export class AuditPersistenceModule {}
