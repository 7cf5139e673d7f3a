import { Injectable } from '@nestjs/common';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { AuditLog } from '../audit-log.js';
import { AUDIT_EVENTS } from '../domain/audit.events.js';
import { type AttestorKind, AttestorRepository } from '../persistence/attestor.repository.js';

const ATTESTATION = systemPrincipal('attestation');

/** Keeps how far each witness and anchor has come, and tells the ledger when one has been failing for minutes, and when it is back. */
@Injectable()
export class AttestorJournal {
  constructor(
    private readonly attestors: AttestorRepository,
    private readonly log: AuditLog,
  ) {}

  async confirmed(tx: Tx, name: string, kind: AttestorKind, size: number): Promise<void> {
    if ((await this.attestors.confirm(tx, name, kind, size)) !== 'recovered') return;
    await this.log.append(tx, { kind: AUDIT_EVENTS['audit.attestation.recover'], outcome: 'success', actor: ATTESTATION, facts: { attestor: name, attestorKind: kind, size } });
  }

  /** `failure` is in words that anybody may read: no address and no credential. */
  async failed(tx: Tx, name: string, kind: AttestorKind, failure: string): Promise<void> {
    if ((await this.attestors.fail(tx, name, kind, failure)) !== 'lapsed') return;
    await this.log.append(tx, { kind: AUDIT_EVENTS['audit.attestation.fail'], outcome: 'failure', actor: ATTESTATION, facts: { attestor: name, attestorKind: kind, failure } });
  }
}
