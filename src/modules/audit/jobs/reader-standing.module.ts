import { Global, Injectable, Module } from '@nestjs/common';
import { SubjectStanding, SubjectStandingModule } from '#modules/rbac/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { ReaderStanding } from '../alerting/reader-standing.js';
import { AUDIT_PERMISSIONS } from '../domain/audit.permissions.js';

/** By the roles that the principal has now: those of the entry's project, and the global ones. */
@Injectable()
class PolicyReaderStanding extends ReaderStanding {
  constructor(private readonly standing: SubjectStanding) {
    super();
  }

  override mayRead(tx: Tx, principalId: string, projectId: string | null): Promise<boolean> {
    return this.standing.permits(tx, principalId, AUDIT_PERMISSIONS['audit:read'], projectId);
  }
}

/** Answers the engine's question against the direction of the imports: audit names the port, policy stands behind it. */
@Global()
@Module({
  imports: [SubjectStandingModule],
  providers: [{ provide: ReaderStanding, useClass: PolicyReaderStanding }],
  exports: [ReaderStanding],
})
export class ReaderStandingModule {}
