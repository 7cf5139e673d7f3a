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

  /**
   * It says what it does not prove: recorded at once, unless the ledger has been told already that it fails. Returns the
   * entry's id, null when there is none. `failure` as below.
   */
  async contradicted(tx: Tx, name: string, kind: AttestorKind, failure: string): Promise<string | null> {
    return (await this.attestors.fail(tx, name, kind, failure, 0)) === 'lapsed' ? this.recordFailure(tx, name, kind, failure) : null;
  }

  /** `failure` is in words that anybody may read: no address and no credential. */
  async failed(tx: Tx, name: string, kind: AttestorKind, failure: string): Promise<void> {
    if ((await this.attestors.fail(tx, name, kind, failure)) === 'lapsed') await this.recordFailure(tx, name, kind, failure);
  }

  private recordFailure(tx: Tx, attestor: string, attestorKind: AttestorKind, failure: string): Promise<string> {
    return this.log.append(tx, { kind: AUDIT_EVENTS['audit.attestation.fail'], outcome: 'failure', actor: ATTESTATION, facts: { attestor, attestorKind, failure } });
  }
}
