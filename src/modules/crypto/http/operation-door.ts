import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AuditLog } from '#modules/audit/index.js';
import type { AuditEventKind } from '#pure/audit-event/audit-event.js';
import type { Permission } from '#pure/capability/permission.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { OperationName } from '../transit/operation-fields.js';
import type { OperationPath } from '../transit/operation-request.js';
import { TransitEngine } from '../transit/transit-engine.js';
import { type OperationDone, TransitOperations } from '../transit/transit-operations.js';
import { KeyAccess } from './key-access.js';

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

/** Permission, deed, record, answer: in this order, for everything that is done with a key. */
@Injectable()
export class OperationDoor {
  constructor(
    private readonly access: KeyAccess,
    private readonly operations: TransitOperations,
    private readonly engine: TransitEngine,
    private readonly log: AuditLog,
  ) {}

  async serve(operation: OperationName, permission: Permission, { principal, namespace, requestId, name, bytes, reply, path = {} }: OperationCall): Promise<Buffer> {
    const done = await this.operations.perform({
      principal,
      operation,
      path,
      bytes,
      requestId,
      permit: (attributes) => this.access.permit(principal, permission, namespace, name, attributes),
      renew: (key) => this.renew(principal, key),
    });
    await this.log.record(eventOf(principal, done));
    if (done.fault !== null) throw done.fault;
    void reply.code(done.status).header('content-type', 'application/json');
    return done.body!;
  }

  /** Its latest version has encrypted as often as it may: it gets another one, in the name of who came too late. */
  private renew(principal: Principal, { projectId, name }: TransitKey): Promise<TransitKey> {
    return this.engine.rotation.rotate(principal, projectId, name, async (tx, key) => {
      await this.log.append(tx, {
        kind: CRYPTO_EVENTS['crypto.key.rotate'],
        outcome: 'success',
        actor: principal,
        projectId,
        targets: [{ type: 'key', uid: key.id }],
        facts: { version: key.latestVersion, reason: 'encryptions-spent' },
      });
    });
  }
}

function eventOf(actor: Principal, { operation, key, hash, counts, versions, items, itemsRoot }: OperationDone): Parameters<AuditLog['record']>[0] {
  const { items: count, failed, invalid } = counts;
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
      ...(operation === 'verify' ? { invalid } : {}),
      ...(hash === null ? {} : { hash }),
    },
    items,
    ...(itemsRoot === null ? {} : { itemsRoot }),
  };
}

/** A batch over more versions than this tells the latest: an entry has 16 KiB. */
const VERSIONS_TOLD = 100;
