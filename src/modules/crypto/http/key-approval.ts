import { Injectable } from '@nestjs/common';
import { Approvals } from '#modules/rbac/index.js';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { DeedRecord } from '../transit/deed-record.js';

/** Who asks for something that a key, once given away or destroyed, never recovers from. */
export interface KeyAsking {
  readonly principal: Principal;
  readonly request: ApprovableRequest;
  readonly permission: Permission;
}

/** What would happen to which key; null for a deed that takes nobody else. Of a key that is only made, its project is the target: its id would be another each time. */
export type KeyRisk = { readonly key: Pick<TransitKey, 'id' | 'projectId' | 'latestVersion'>; readonly summary: string; readonly isNew?: boolean } | null;

/**
 * Deeds about keys that take a second person. The engine of keys knows no approvals; it lets its doors write to the
 * transaction of each deed, and what refuses there undoes the deed. No secret is unwrapped before that has committed.
 */
@Injectable()
export class KeyApproval {
  constructor(private readonly approvals: Approvals) {}

  /** The record of a deed, behind the question whether somebody else agrees to it. */
  before<T>({ principal, request, permission }: KeyAsking, riskOf: (deed: T) => KeyRisk, record: DeedRecord<T>): DeedRecord<T> {
    return async (tx, deed) => {
      const risk = riskOf(deed);
      if (risk !== null) {
        const { key, summary, isNew = false } = risk;
        const target = isNew ? { type: 'project', uid: key.projectId, version: null } : { type: 'key', uid: key.id, version: key.latestVersion };
        await this.approvals.require(tx, principal, request, { permission: permission.name, projectId: key.projectId, target, summary });
      }
      await record(tx, deed);
    };
  }
}

type Exposure = Pick<TransitKey, 'exportable' | 'allowPlaintextBackup'>;
const UNEXPOSED: Exposure = { exportable: false, allowPlaintextBackup: false };

/** What a key could once give away it can for ever: that takes two people, whether it is made so or becomes so. */
export function exposureOf(key: TransitKey, before: Exposure = UNEXPOSED): KeyRisk {
  const gains = [...(key.exportable && !before.exportable ? ['be exported'] : []), ...(key.allowPlaintextBackup && !before.allowPlaintextBackup ? ['be backed up'] : [])];
  return gains.length === 0 ? null : { key, summary: `Let the key ${key.name} ${gains.join(' and ')}, for ever`, isNew: before === UNEXPOSED };
}
