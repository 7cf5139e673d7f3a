import { Module } from '@nestjs/common';
import { AlertRepository } from './alert.repository.js';
import { AttestationRepository } from './attestation.repository.js';
import { AttestorRepository } from './attestor.repository.js';
import { CursorRepository } from './cursor.repository.js';
import { EntryRepository } from './entry.repository.js';
import { ErasedSubjectRepository } from './erased-subject.repository.js';
import { LogCheckRepository } from './log-check.repository.js';
import { MatchRepository } from './match.repository.js';
import { MismatchRepository } from './mismatch.repository.js';
import { PulseRepository } from './pulse.repository.js';
import { SearchLookupRepository } from './search-lookup.repository.js';
import { RetentionRepository } from './retention.repository.js';
import { SearchRepository } from './search.repository.js';
import { SequencingRepository } from './sequencing.repository.js';
import { StandingRepository } from './standing.repository.js';
import { SubjectKeyRepository } from './subject-key.repository.js';
import { SuccessionRepository } from './succession.repository.js';
import { TreeRepository } from './tree.repository.js';
import { VerificationRunRepository } from './verification-run.repository.js';
import { WebhookRepository } from './webhook.repository.js';

const REPOSITORIES = [
  AttestorRepository,
  EntryRepository,
  TreeRepository,
  LogCheckRepository,
  MismatchRepository,
  VerificationRunRepository,
  SequencingRepository,
  CursorRepository,
  SearchRepository,
  SearchLookupRepository,
  StandingRepository,
  AlertRepository,
  AttestationRepository,
  MatchRepository,
  PulseRepository,
  SubjectKeyRepository,
  ErasedSubjectRepository,
  RetentionRepository,
  WebhookRepository,
  AttestorRepository,
  SuccessionRepository,
];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class AuditPersistenceModule {}
