import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { DeedRecord } from '../transit/deed-record.js';

type Facts = NonNullable<AuditEvent['facts']>;

/** What is recorded of changes of keys: the key by its id, since a name can be given again. Names are chosen by people, and are not in it. */
@Injectable()
export class KeyJournal {
  constructor(private readonly audit: AuditLog) {}

  /** For a deed whose key and facts can be told from what the engine did. */
  of<T>(principal: Principal, kind: AuditEventKind, tell: (deed: T) => { readonly key: Pick<TransitKey, 'id' | 'projectId'>; readonly facts?: Facts }): DeedRecord<T> {
    return async (tx, deed) => {
      const { key, facts } = tell(deed);
      await this.audit.append(tx, entryOf(principal, kind, key, facts));
    };
  }

  /** For a deed about the key alone. */
  ofKey(principal: Principal, kind: AuditEventKind): DeedRecord<TransitKey> {
    return this.of(principal, kind, (key) => ({ key, facts: { keyType: key.type, version: key.latestVersion } }));
  }

  /** For what belongs to no project. */
  ofHouse(principal: Principal, kind: AuditEventKind): DeedRecord<null> {
    return async (tx) => {
      await this.audit.append(tx, { kind, outcome: 'success', actor: principal });
    };
  }

  /** Somebody asked for a key to be made, and there is one: nothing was made, and that is recorded too. */
  async notMade(principal: Principal, kind: AuditEventKind, key: TransitKey): Promise<void> {
    await this.audit.record({ ...entryOf(principal, kind, key, { reason: 'exists' }), outcome: 'failure' });
  }
}

function entryOf(principal: Principal, kind: AuditEventKind, key: Pick<TransitKey, 'id' | 'projectId'>, facts: Facts = {}): AuditEvent {
  return { kind, outcome: 'success', actor: principal, projectId: key.projectId, targets: [{ type: 'key', uid: key.id }], facts };
}
