import { Module } from '@nestjs/common';
import { AlertRepository } from './alert.repository.js';
import { CursorRepository } from './cursor.repository.js';
import { EntryRepository } from './entry.repository.js';
import { SequencingRepository } from './sequencing.repository.js';
import { TreeRepository } from './tree.repository.js';

const REPOSITORIES = [AlertRepository, CursorRepository, EntryRepository, TreeRepository, SequencingRepository];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class AuditPersistenceModule {}
