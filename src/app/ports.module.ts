import { Global, Injectable, Module } from '@nestjs/common';
import { AuditModule, DenialJournal, EventCatalogue } from '#modules/audit/index.js';
import { CRYPTO_FAULTS, CryptoModule, Seal } from '#modules/crypto/index.js';
import { Approvals, PermissionCatalogue, PolicyDecision, RbacModule } from '#modules/rbac/index.js';
import { type AccessAnswer, AccessDecision, ApprovalDesk, CredentialVerifier, type Denial, DenialRecorder, ServiceGate, type WaitingApproval } from '#platform/http/ports.js';
import { NoBlocks, SourceBlocks } from '#platform/http/rate-limit/source-blocks.js';
import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { AccessTokenVerifier } from '../modules/auth/http/access-token.verifier.js';
import { AuthHttpModule } from '../modules/auth/http/auth-http.module.js';
import { approvalDto } from '../modules/rbac/http/approval.dto.js';
import { CATALOGUE, PERMISSIONS } from './catalogue.js';

/** Denials become entries of the ledger, bounded in number by its journal of them. */
@Injectable()
class LedgerDenialRecorder extends DenialRecorder {
  constructor(private readonly journal: DenialJournal) {
    super();
  }

  override async record({ route, target, code, status, principal, permission, suspicion }: Denial): Promise<void> {
    await this.journal.record({ route, target, code, status, principal, permission, suspicion });
  }
}

/** What waits is shown as its own route shows it. */
@Injectable()
class RbacApprovalDesk extends ApprovalDesk {
  constructor(private readonly approvals: Approvals) {
    super();
  }

  override async open(principal: Principal, request: ApprovableRequest, need: ApprovalNeed): Promise<WaitingApproval> {
    const approval = await this.approvals.open(principal, request, need);
    return { id: approval.id, shown: approvalDto(approval) };
  }
}

/** Closed while this process is sealed. */
@Injectable()
class SealGate extends ServiceGate {
  constructor(private readonly seal: Seal) {
    super();
  }

  override refusal(): FaultKind | null {
    return this.seal.isSealed ? CRYPTO_FAULTS.sealed : null;
  }
}

class CollectedPermissions extends PermissionCatalogue {
  override all(): readonly Permission[] {
    return PERMISSIONS;
  }
}

class CollectedEvents extends EventCatalogue {
  private readonly known = new Set(CATALOGUE.events.map(({ code }) => code));

  override codes(): ReadonlySet<string> {
    return this.known;
  }
}

/**
 * The roof's answers to what the floors below ask for without knowing who answers: the pipeline's verifier, decision
 * and recorder, and the policy engine's list of all permissions.
 */
@Global()
@Module({
  imports: [AuditModule, CryptoModule, RbacModule, AuthHttpModule],
  providers: [
    { provide: CredentialVerifier, useExisting: AccessTokenVerifier },
    { provide: AccessDecision, useExisting: PolicyDecision },
    { provide: DenialRecorder, useClass: LedgerDenialRecorder },
    { provide: ApprovalDesk, useClass: RbacApprovalDesk },
    { provide: ServiceGate, useClass: SealGate },
    { provide: PermissionCatalogue, useClass: CollectedPermissions },
    { provide: EventCatalogue, useClass: CollectedEvents },
  ],
  exports: [CredentialVerifier, AccessDecision, ApprovalDesk, DenialRecorder, ServiceGate, PermissionCatalogue, EventCatalogue],
})
export class PortsModule {}

class NobodyVerifier extends CredentialVerifier {
  override verify(): Promise<Principal> {
    return Promise.reject(new Fault(REQUEST_FAULTS.unauthenticated));
  }
}

class NothingPermitted extends AccessDecision {
  override permitsSomewhere(): Promise<AccessAnswer> {
    return Promise.resolve({ allowed: false, fault: REQUEST_FAULTS.forbidden });
  }
}

class NothingToRecord extends DenialRecorder {
  override record(): Promise<void> {
    return Promise.resolve();
  }
}

class NobodyWaits extends ApprovalDesk {
  override open(): Promise<WaitingApproval> {
    return Promise.reject(new Fault(REQUEST_FAULTS.forbidden));
  }
}

/** In a process without the role `api`: it answers its probes, knows nobody, and has no login to record with. */
@Global()
@Module({
  imports: [CryptoModule],
  providers: [
    { provide: CredentialVerifier, useClass: NobodyVerifier },
    { provide: AccessDecision, useClass: NothingPermitted },
    { provide: DenialRecorder, useClass: NothingToRecord },
    { provide: ApprovalDesk, useClass: NobodyWaits },
    { provide: ServiceGate, useClass: SealGate },
    { provide: SourceBlocks, useClass: NoBlocks },
    { provide: PermissionCatalogue, useClass: CollectedPermissions },
  ],
  exports: [CredentialVerifier, AccessDecision, ApprovalDesk, DenialRecorder, ServiceGate, SourceBlocks, PermissionCatalogue],
})
export class ClosedPortsModule {}
