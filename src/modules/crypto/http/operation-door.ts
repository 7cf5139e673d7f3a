import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AuditLog } from '#modules/audit/index.js';
import type { AuditEvent, AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import { faultOf } from '#platform/http/fault-mapping.js';
import { isLeftToPipeline } from '#platform/http/suspicion.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { OperationName } from '../transit/operation-fields.js';
import type { OperationPath } from '../transit/operation-request.js';
import { clientGone } from '../transit/operation-run.js';
import { TransitEngine } from '../transit/transit-engine.js';
import { type OperationDone, TransitOperations } from '../transit/transit-operations.js';
import { KeyAccess } from './key-access.js';
import { KeyJournal } from './key-journal.js';

/** Bytes of a body: what Vault takes. */
export const OPERATION_BODY_BYTES_MAX = 32 * 1024 * 1024;

/** One request of a client, as its handler has it. */
export interface OperationCall {
  readonly principal: Principal;
  readonly namespace: string | null;
  readonly requestId: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly reply: FastifyReply;
  readonly path?: OperationPath;
}

const EVENTS: Readonly<Record<OperationName, AuditEventKind>> = {
  encrypt: CRYPTO_EVENTS['crypto.encrypt'],
  decrypt: CRYPTO_EVENTS['crypto.decrypt'],
  rewrap: CRYPTO_EVENTS['crypto.rewrap'],
  datakey: CRYPTO_EVENTS['crypto.datakey'],
  hmac: CRYPTO_EVENTS['crypto.hmac'],
  sign: CRYPTO_EVENTS['crypto.sign'],
  verify: CRYPTO_EVENTS['crypto.verify'],
};

/** What a request turned out to be about, as far as it came. */
interface About {
  projectId: string;
  keyId: string;
}

/**
 * Without an entry of ours: what is not there (a project), since what may not be seen is answered without the id of an
 * entry too; and what keeps every entry from being written.
 */
const UNTOLD: ReadonlySet<string> = new Set([REQUEST_FAULTS['not-found'], REQUEST_FAULTS['audit-unavailable'], REQUEST_FAULTS.unavailable].map(({ code }) => code));

/** Permission, deed, record, answer: in this order, for everything that is done with a key. */
@Injectable()
export class OperationDoor {
  constructor(
    private readonly access: KeyAccess,
    private readonly operations: TransitOperations,
    private readonly engine: TransitEngine,
    private readonly log: AuditLog,
    private readonly journal: KeyJournal,
  ) {}

  async serve(operation: OperationName, permission: Permission, { principal, namespace, requestId, name, bytes, reply, path = {} }: OperationCall): Promise<Buffer> {
    const about: Partial<About> = {};
    const client = watched(reply);
    const done = await this.operations
      .perform({
        principal,
        operation,
        path,
        bytes,
        requestId,
        permit: async (attributes) => {
          const place = await this.access.permit(principal, permission, namespace, name, attributes);
          about.projectId = place.projectId;
          return place;
        },
        renew: (key) => this.renew(principal, key),
        onKey: ({ id }) => void (about.keyId = id),
        signal: client.signal,
      })
      .catch((error: unknown) => this.failed(operation, principal, about, error, reply))
      .finally(client.forget);
    try {
      await this.log.record(eventOf(principal, done, path));
      if (done.fault !== null) throw done.fault;
    } catch (error) {
      done.body?.fill(0);
      throw error;
    }
    void reply.code(done.status).header('content-type', 'application/json');
    return done.body!;
  }

  /** What a request earned as a whole, which has done nothing: recorded like what was done, before it is answered. */
  private async failed(operation: OperationName, actor: Principal, { projectId, keyId }: Partial<About>, error: unknown, { request }: FastifyReply): Promise<never> {
    const fault = faultOf(error);
    if (!isLeftToPipeline(fault, request) && !UNTOLD.has(fault.kind.code)) {
      await this.log.record({
        kind: EVENTS[operation],
        outcome: 'failure',
        actor,
        ...(projectId === undefined ? {} : { projectId }),
        ...(keyId === undefined ? {} : { targets: [{ type: 'key', uid: keyId }] }),
        facts: { reason: fault.kind.code },
      });
    }
    throw error;
  }

  /** Its latest version has encrypted as often as it may: it gets another one, in the name of who came too late. */
  private renew(principal: Principal, spent: TransitKey): Promise<TransitKey> {
    const { projectId, name } = spent;
    const record = this.journal.of(principal, CRYPTO_EVENTS['crypto.key.rotate'], (key: TransitKey) => ({ key, facts: { keyType: key.type, version: key.latestVersion, reason: 'encryptions-spent' } }));
    return this.engine.rotation.rotate(principal, projectId, name, record, spent);
  }
}

/** Tells when the client has gone: what is long in the making is made for somebody who reads it. */
function watched({ raw }: FastifyReply): { readonly signal: AbortSignal; readonly forget: () => void } {
  const gone = new AbortController();
  const leave = (): void => gone.abort(clientGone());
  raw.once('close', leave);
  return { signal: gone.signal, forget: () => void raw.off('close', leave) };
}

function eventOf(actor: Principal, { operation, key, hash, signing, fault, counts, versions, items, itemsRoot }: OperationDone, { kind: dataKey }: OperationPath): AuditEvent {
  const { items: count, failed, invalid, failedItems, invalidItems } = counts;
  return {
    kind: EVENTS[operation],
    outcome: failed === count ? 'failure' : 'success',
    actor,
    projectId: key.projectId,
    targets: [{ type: 'key', uid: key.id }],
    facts: {
      count,
      failed,
      ...(versions.length === 0 ? {} : { versions: versions.slice(-VERSIONS_TOLD).map(String) }),
      ...(failedItems === null ? {} : { failedItems }),
      ...(operation === 'verify' ? { invalid } : {}),
      ...(invalidItems === null ? {} : { invalidItems }),
      ...(hash === null ? {} : { hash }),
      ...(signing === null ? {} : { prehashed: signing.prehashed }),
      ...(signing === null || !key.type.startsWith('rsa') ? {} : { algorithm: signing.algorithm }),
      ...(dataKey === undefined ? {} : { dataKey }),
      ...(fault === null ? {} : { reason: fault.kind.code }),
    },
    items,
    ...(itemsRoot === null ? {} : { itemsRoot }),
  };
}

/** A batch over more versions than this tells the latest: an entry has 16 KiB. */
const VERSIONS_TOLD = 100;
