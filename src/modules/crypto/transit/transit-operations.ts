import type { KeyObject } from 'node:crypto';
import { vaultAnswerOf } from '#platform/http/vault-answer.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { EncryptionBudget } from './encryption-budget.js';
import type { HeavyWork, RequestTurns } from './heavy-work.js';
import type { KeyDirectory } from './key-directory.js';
import { refuseSoftDeleted, refused, unknown } from './key-refusals.js';
import type { KeySource } from './key-source.js';
import type { OperationName } from './operation-fields.js';
import { faultOf, type Question } from './operation-messages.js';
import { planOf } from './operation-plan.js';
import { type OperationPath, readRequest } from './operation-request.js';
import { type OperationCounts, type OperationRun, runOperation, type Signing } from './operation-run.js';
import type { OperationThreads, Respond } from './operation-threads.js';
import type { UsageCounter } from './usage-counter.js';

/** One request, as a door hands it over. */
export interface OperationOrder {
  readonly principal: Principal;
  readonly operation: OperationName;
  readonly path: OperationPath;
  /** Taken over: wiped, or moved to a thread. */
  readonly bytes: Buffer;
  readonly requestId: string;
  /** Decides; asked once, when the body has been read, since a rule can be about its hash algorithm. */
  readonly permit: (attributes: Readonly<Record<string, string>>) => Promise<{ readonly projectId: string; readonly name: string }>;
  /** Gives a key whose latest version is spent another one, and records it. */
  readonly renew: (key: TransitKey) => Promise<TransitKey>;
  /** Told which key it is before anything is done with it, or refused. */
  readonly onKey: (key: TransitKey) => void;
  /** Aborted when nobody is left to read the answer: what is not begun by then is not done. */
  readonly signal?: AbortSignal;
}

/** What is to be recorded before it is answered. */
export interface OperationDone {
  readonly key: TransitKey;
  readonly operation: OperationName;
  readonly hash: string | null;
  readonly signing: Signing | null;
  readonly status: number;
  /** The whole answer; null where there is a fault. */
  readonly body: Buffer | null;
  readonly fault: Fault | null;
  readonly counts: OperationCounts;
  readonly versions: readonly number[];
  readonly items: readonly Buffer[];
  readonly itemsRoot: Buffer | null;
}

export interface TransitOperationsDependencies {
  readonly directory: KeyDirectory;
  readonly budget: EncryptionBudget;
  readonly usage: UsageCounter;
  readonly threads: OperationThreads;
  readonly work: HeavyWork;
  /** For the digests of items. */
  readonly macKey: () => KeyObject;
  readonly randomness: Randomness;
}

/** What is read on the event loop: 256 KiB are some 2 ms. */
const INLINE_BYTES_MAX = 256 * 1024;

/** Of who never goes. */
const NEVER = new AbortController().signal;

const DIGEST_BYTES = 32;
const RENEWALS_KEPT = 100;
const SPENT = 'the version of the key has made as many encryptions under random nonces as it may (2^32): rotate the key';

/** Working with keys of projects. It knows neither ledger nor roles: its doors decide and record. */
export class TransitOperations {
  /** By version that was spent, for those who still come with it. */
  readonly #renewals = new Map<string, Promise<TransitKey>>();

  constructor(private readonly deps: TransitOperationsDependencies) {}

  /** Ends the threads: after the last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.deps.threads.close();
  }

  /** Throws what the request as a whole earns: it has done nothing then. What its one item earned is in the answer, to be recorded first. */
  async perform(order: OperationOrder): Promise<OperationDone> {
    const opening = new Opening(order, this.deps);
    try {
      return await (order.bytes.length > INLINE_BYTES_MAX ? this.#inThread(order, opening, false) : this.#onLoop(order, opening));
    } finally {
      opening.turns?.end();
      // What was moved to a thread has no bytes here any more.
      if (order.bytes.length > 0) order.bytes.fill(0);
    }
  }

  async #onLoop(order: OperationOrder, opening: Opening): Promise<OperationDone> {
    const request = readRequest(order.operation, order.bytes, order.path);
    const key = await opening.key(request.hash);
    const { where, isLong } = planOf(request, key);
    if (where === 'thread') return this.#inThread(order, opening, isLong);
    const { signal = NEVER } = order;
    const { randomness, macKey } = this.deps;
    const parts = { keys: this.#sourceOf(order, key), randomness, macKey: macKey(), turn: () => this.#turn(order, opening), isCancelled: () => signal.aborted };
    const done = await runOperation(request, key, parts);
    return this.#counted(order, opening, { ...done, body: done.data === null ? null : vaultAnswerOf(order.requestId, done.data), items: done.digests, itemsRoot: null });
  }

  async #inThread(order: OperationOrder, opening: Opening, isLong: boolean): Promise<OperationDone> {
    const { operation, path, requestId, bytes, principal, signal = NEVER } = order;
    const place = (): string => opening.projectId ?? principal.id;
    const { body, fault, root, digests, ...done } = await this.deps.threads.run({ operation, path, requestId }, bytes, { place, isLong, signal }, this.#respond(order, opening));
    return this.#counted(order, opening, {
      ...done,
      body: body === null ? null : bufferOf(body),
      fault: fault === null ? null : faultOf(fault),
      items: sliced(bufferOf(digests)),
      itemsRoot: root === null ? null : bufferOf(root),
    });
  }

  /** Given back when the request ends. */
  async #turn({ signal = NEVER }: OperationOrder, opening: Opening): Promise<void> {
    opening.turns ??= this.deps.work.turnsOf((await opening.opened()).projectId, signal);
    await opening.turns.next();
  }

  async #counted(order: OperationOrder, opening: Opening, { versions, ...done }: Omit<OperationDone, 'key' | 'operation' | 'hash' | 'versions'> & Pick<OperationRun, 'versions'>): Promise<OperationDone> {
    const key = await opening.opened();
    const { operation } = order;
    this.deps.usage.count(key.id, operation, versions);
    const { body, fault, status, counts, signing, items, itemsRoot } = done;
    return { key, operation, hash: opening.hash, signing, body, fault, status, counts, items, itemsRoot, versions: [...versions.keys()].sort((a, b) => a - b) };
  }

  #respond(order: OperationOrder, opening: Opening): Respond {
    return async (question: Question) => {
      if (question.ask === 'key') return { key: await opening.key(question.hash), macKey: this.deps.macKey() };
      if (question.ask === 'turn') {
        await this.#turn(order, opening);
        return null;
      }
      const keys = this.#sourceOf(order, await opening.opened());
      return question.ask === 'spend' ? keys.spend(question.version, question.encryptions) : keys[question.ask](question.version);
    };
  }

  #sourceOf(order: OperationOrder, key: TransitKey): KeySource {
    const { directory } = this.deps;
    return {
      handle: (version) => directory.handle(key, version),
      publicHandle: (version) => directory.publicHandle(key, version),
      hmacKey: (version) => directory.hmacKey(key, version),
      spend: (version, encryptions) => this.#spend(order, key, version, encryptions),
    };
  }

  async #spend(order: OperationOrder, key: TransitKey, version: number, encryptions: number): Promise<TransitKey> {
    if (await this.deps.budget.take(key, version === 0 ? key.latestVersion : version, encryptions)) return key;
    if (version !== 0) throw refused(SPENT);
    if (key.imported && !key.allowRotation) throw refused(SPENT);
    const renewed = await this.#renewed(order, key);
    if (await this.deps.budget.take(renewed, renewed.latestVersion, encryptions)) return renewed;
    throw refused(SPENT);
  }

  /** One new version, for all who find the same one spent. */
  #renewed(order: OperationOrder, key: TransitKey): Promise<TransitKey> {
    const place = `${key.id}/${key.latestVersion}`;
    const known = this.#renewals.get(place);
    if (known !== undefined) return known;
    const renewing = order.renew(key);
    this.#renewals.set(place, renewing);
    renewing.catch(() => this.#renewals.delete(place));
    if (this.#renewals.size > RENEWALS_KEPT) this.#renewals.delete(this.#renewals.keys().next().value!);
    return renewing;
  }
}

/** Permission, key and turns of one request, asked for when its body has been read, and once. */
class Opening {
  hash: string | null = null;
  /** Known from the permission on. */
  projectId: string | null = null;
  /** Its turn at what is heavy, once it has asked for one. */
  turns: RequestTurns | null = null;
  #key: Promise<TransitKey> | null = null;

  constructor(
    private readonly order: OperationOrder,
    private readonly deps: Pick<TransitOperationsDependencies, 'directory'>,
  ) {}

  key(hash: string | null): Promise<TransitKey> {
    this.hash = hash;
    return (this.#key ??= this.#open(hash));
  }

  opened(): Promise<TransitKey> {
    if (this.#key === null) throw new Error('the key has not been asked for yet');
    return this.#key;
  }

  async #open(hash: string | null): Promise<TransitKey> {
    const { principal, operation, permit, onKey } = this.order;
    const { projectId, name } = await permit(hash === null ? {} : { hash });
    this.projectId = projectId;
    const key = await this.deps.directory.find(principal, projectId, name);
    if (key === null) throw unknown(operation === 'sign' || operation === 'verify' ? 'signing key not found' : 'encryption key not found');
    onKey(key);
    refuseSoftDeleted(key);
    return key;
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function sliced(digests: Buffer): Buffer[] {
  return Array.from({ length: digests.length / DIGEST_BYTES }, (_, n) => digests.subarray(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES));
}
