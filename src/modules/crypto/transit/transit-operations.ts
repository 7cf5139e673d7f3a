import type { KeyObject } from 'node:crypto';
import { vaultAnswerOf } from '#platform/http/vault-answer.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import type { EncryptionBudget } from './encryption-budget.js';
import type { KeyDirectory } from './key-directory.js';
import { refuseSoftDeleted, refused, unknown } from './key-refusals.js';
import type { KeySource } from './key-source.js';
import type { OperationName } from './operation-fields.js';
import { faultOf, type OperationResult, type Question } from './operation-messages.js';
import { type OperationPath, type OperationRequest, readRequest } from './operation-request.js';
import { type OperationCounts, type OperationRun, runOperation, type Signing } from './operation-run.js';
import type { OperationThreads, Respond } from './operation-threads.js';
import { signingOptions } from './signing-options.js';
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
  /** For the digests of items. */
  readonly macKey: () => KeyObject;
  readonly randomness: Randomness;
}

/** What is read on the event loop: 256 KiB are some 2 ms. */
const INLINE_BYTES_MAX = 256 * 1024;
const INLINE_ITEMS_MAX = 100;

/** Of libuv's four threads, which all signing shares with hashing of passwords, files and names. */
const SIGNING_AT_ONCE = 2;
const SIGNING_WAITING_MAX = 64;

const DIGEST_BYTES = 32;
const RENEWALS_KEPT = 100;
const SPENT = 'the version of the key has made as many encryptions under random nonces as it may (2^32): rotate the key';

/** Working with keys of projects. It knows neither ledger nor roles: its doors decide and record. */
export class TransitOperations {
  readonly #signing = new Semaphore(SIGNING_AT_ONCE, SIGNING_WAITING_MAX);
  /** By version that was spent, for those who still come with it. */
  readonly #renewals = new Map<string, Promise<TransitKey>>();

  constructor(private readonly deps: TransitOperationsDependencies) {}

  /** Ends the threads: after the last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.deps.threads.close();
  }

  /** Throws what the request as a whole earns: it has done nothing then. What its one item earned is in the answer, to be recorded first. */
  async perform(order: OperationOrder): Promise<OperationDone> {
    try {
      return await (order.bytes.length > INLINE_BYTES_MAX ? this.#inThread(order, new Opening(order, this.deps)) : this.#onLoop(order));
    } finally {
      // What was moved to a thread has no bytes here any more.
      if (order.bytes.length > 0) order.bytes.fill(0);
    }
  }

  async #onLoop(order: OperationOrder): Promise<OperationDone> {
    const request = readRequest(order.operation, order.bytes, order.path);
    const opening = new Opening(order, this.deps);
    const key = await opening.key(request.hash);
    if (request.items.length > INLINE_ITEMS_MAX || blocks(request, key)) return this.#inThread(order, opening);
    const keys = this.#sourceOf(order, key);
    const run = (): Promise<OperationRun> => runOperation(request, key, { keys, randomness: this.deps.randomness, macKey: this.deps.macKey() });
    const done = await (isHeavy(request.operation, key) ? this.#signing.run(run) : run());
    return this.#counted(order, opening, { ...done, body: done.data === null ? null : vaultAnswerOf(order.requestId, done.data), items: done.digests, itemsRoot: null });
  }

  async #inThread(order: OperationOrder, opening: Opening): Promise<OperationDone> {
    const { operation, path, requestId, bytes } = order;
    const run = (): Promise<OperationResult> => this.deps.threads.run({ operation, path, requestId }, bytes, this.#respond(order, opening));
    const { body, fault, root, digests, ...done } = await (operation === 'sign' ? this.#signing.run(run) : run());
    return this.#counted(order, opening, {
      ...done,
      body: body === null ? null : bufferOf(body),
      fault: fault === null ? null : faultOf(fault),
      items: sliced(bufferOf(digests)),
      itemsRoot: root === null ? null : bufferOf(root),
    });
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

/** Permission and key of one request, asked for when its body has been read, and once. */
class Opening {
  hash: string | null = null;
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
    const key = await this.deps.directory.find(principal, projectId, name);
    if (key === null) throw unknown(operation === 'sign' || operation === 'verify' ? 'signing key not found' : 'encryption key not found');
    onKey(key);
    refuseSoftDeleted(key);
    return key;
  }
}

/** Whether it takes milliseconds and OpenSSL offers it to Node only so that it holds up the loop. */
function blocks(request: OperationRequest, { type }: TransitKey): boolean {
  const { cipher, signature } = KEY_TYPES[type];
  if (request.operation === 'decrypt' || request.operation === 'rewrap') return cipher?.slow === true;
  if (request.operation !== 'sign') return false;
  const signing = signingOptions(request);
  return signing !== null && signature?.blocks?.(signing) === true;
}

/** Signatures that take a millisecond and more of a thread that is not ours alone. */
function isHeavy(operation: OperationName, { type }: TransitKey): boolean {
  return operation === 'sign' && !type.startsWith('ed25519') && !type.startsWith('ecdsa');
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function sliced(digests: Buffer): Buffer[] {
  return Array.from({ length: digests.length / DIGEST_BYTES }, (_, n) => digests.subarray(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES));
}
