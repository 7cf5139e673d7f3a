import { createHmac, type KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { wipeFields } from '#platform/http/vault-fields.js';
import type { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { SignatureOptions } from '../primitives/key-type.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import { datakey, decrypt, encrypt, rewrap } from './cipher-operations.js';
import { itemBitmap } from './item-bitmap.js';
import type { ItemDone, ItemOperation, Work } from './item-operation.js';
import { AskedOnce, type KeySource } from './key-source.js';
import type { ItemOf, OperationName } from './operation-fields.js';
import { planOf } from './operation-plan.js';
import { type OperationRequest, readItem } from './operation-request.js';
import { hmacCode, sign, verify } from './signature-operations.js';
import { signingOptions } from './signing-options.js';

const ITEM_OPERATIONS: { readonly [O in OperationName]: ItemOperation<O> } = { encrypt, decrypt, rewrap, datakey, hmac: hmacCode, sign, verify };

/** What came of a request. */
export interface OperationRun {
  /** The JSON of `data`; null where the one item that there was failed. */
  readonly data: Buffer | null;
  /** Why the one item failed. */
  readonly fault: Fault | null;
  /** 200, or what the request wants where some items failed, or 400. */
  readonly status: number;
  readonly counts: OperationCounts;
  /** How it was to be signed or verified; null of other operations. */
  readonly signing: Signing | null;
  /** How often each version was used. */
  readonly versions: ReadonlyMap<number, number>;
  /** Keyed digests of what the items were about, in their order, 32 bytes each; none of data keys. */
  readonly digests: readonly Buffer[];
}

export interface OperationCounts {
  readonly items: number;
  readonly failed: number;
  /** Signatures and codes that are not the key's. */
  readonly invalid: number;
  /** Which these were, as `itemBitmap` writes it. */
  readonly failedItems: string | null;
  readonly invalidItems: string | null;
}

export type Signing = Pick<SignatureOptions, 'prehashed' | 'algorithm'>;

export interface RunParts {
  readonly keys: KeySource;
  readonly randomness: Randomness;
  /** For the digests of items. */
  readonly macKey: KeyObject;
  /** Waits for a turn on libuv's pool, after those with a better claim; asked again and again, it lets others in between. */
  readonly turn: () => Promise<void>;
  readonly isCancelled: () => boolean;
}

/** A batch lets others in between: what is below is not worth a turn of the event loop. */
const LOOP_MILLIS = 2;
/** A turn on libuv's pool is kept for so long at least: asking for one crosses a port and back. */
const TURN_MILLIS = 20;

/** Does what a request asks for, item by item. Throws what the request as a whole earns; what an item earns is its result. */
export async function runOperation(request: OperationRequest, found: TransitKey, parts: RunParts): Promise<OperationRun> {
  const { takesTurns } = planOf(request, found);
  const signing = signingOptions(request);
  const key = await spend(request, found, parts.keys);
  const work: Work = { request, key, type: KEY_TYPES[key.type], keys: new AskedOnce(parts.keys), randomness: parts.randomness, signing };
  const tally = new Tally(request, key, parts.macKey);
  let [looping, turning] = [performance.now(), -Infinity];
  for (const item of request.items) {
    if (performance.now() - looping > LOOP_MILLIS) {
      await nextTurn();
      looping = performance.now();
    }
    if (parts.isCancelled()) throw clientGone();
    if (takesTurns && performance.now() - turning > TURN_MILLIS) {
      await parts.turn();
      turning = performance.now();
    }
    await runItem(work, item, tally);
  }
  return tally.end(signing);
}

/** Nobody is left to read it. */
export const clientGone = (): Fault => new Fault(REQUEST_FAULTS['malformed-request'], { detail: 'The client has gone.' });

/** Encryptions are taken from the budgets of their versions before the first is done. */
async function spend({ operation, items, whole }: OperationRequest, key: TransitKey, keys: KeySource): Promise<TransitKey> {
  if (operation !== 'encrypt' && operation !== 'rewrap' && operation !== 'datakey') return key;
  if (KEY_TYPES[key.type].cipher?.usesRandomNonce !== true) return key;
  const byVersion = new Map<number, number>();
  for (const item of items) {
    const asked = versionAsked(item) ?? ('key_version' in whole ? whole.key_version : undefined) ?? 0;
    byVersion.set(asked, (byVersion.get(asked) ?? 0) + 1);
  }
  let latest = key;
  for (const [version, count] of byVersion) {
    // One that may not be used is refused item by item.
    if (mayMake(key, version)) latest = later(latest, await keys.spend(version, count));
  }
  return latest;
}

function mayMake(key: TransitKey, version: number): boolean {
  return version === 0 || (version <= key.latestVersion && version >= Math.max(key.minEncryptionVersion, key.minDecryptionVersion));
}

const later = (a: TransitKey, b: TransitKey): TransitKey => (b.latestVersion > a.latestVersion ? b : a);

/** The version that an item asks for, as far as it is one at all. */
function versionAsked(item: unknown): number | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { key_version: asked } = item as { readonly key_version?: unknown };
  const version = asked === undefined || asked === null ? undefined : Number(asked);
  return version !== undefined && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}

async function runItem<O extends OperationName>(work: Work<O>, raw: unknown, tally: Tally): Promise<void> {
  const operation = ITEM_OPERATIONS[work.request.operation] as ItemOperation<O>;
  let item: ItemOf<O> | null = null;
  try {
    item = readItem(work.request.operation, raw);
    const done = await operation.perform(item, work);
    tally.add(done, operation.input(item), referenceOf(item));
  } catch (error) {
    // Sealed, or without a database: nothing that the item earned.
    if (!(error instanceof Fault) || error.kind.status >= 500) throw error;
    if (item === null) tally.refuseUnread(error, raw, referenceOf(raw));
    else tally.refuse(error, operation.input(item), referenceOf(item));
  } finally {
    if (item !== null) wipeFields(item);
  }
}

/** Of an item that could not be read, too: it is how its sender finds it among the results. */
function referenceOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { reference } = item as { readonly reference?: unknown };
  return typeof reference === 'string' ? reference : undefined;
}

/** Results as they come, in the order of the items. */
class Tally {
  readonly #digests: Buffer[] = [];
  readonly #results: string[] = [];
  readonly #versions = new Map<number, number>();
  readonly #ofKey: Buffer;
  readonly #unreadOfKey: Buffer;
  #single: { readonly members: string | Buffer } | Fault | null = null;
  readonly #failed: number[] = [];
  readonly #invalid: number[] = [];
  #items = 0;

  constructor(
    private readonly request: OperationRequest,
    key: TransitKey,
    private readonly macKey: KeyObject,
  ) {
    this.#ofKey = Buffer.from(key.id);
    this.#unreadOfKey = Buffer.from(`${UNREAD}${key.id}`);
  }

  add(done: ItemDone, input: Uint8Array | string, reference: string | undefined): void {
    this.#digest(input);
    const position = this.#items++;
    this.#versions.set(done.version, (this.#versions.get(done.version) ?? 0) + 1);
    if (done.invalid === true) this.#invalid.push(position);
    if (this.request.isBatch) this.#results.push(`{${String(done.members)}${referenceMember(reference)}}`);
    else this.#single = done;
  }

  refuse(fault: Fault, input: Uint8Array | string, reference: string | undefined): void {
    this.#digest(input);
    this.#refuse(fault, reference);
  }

  /** What is no item cannot be told apart by what it was about: the JSON that stands there is what it was. */
  refuseUnread(fault: Fault, raw: unknown, reference: string | undefined): void {
    this.#digest(JSON.stringify(memberOf(this.request.operation, raw)), this.#unreadOfKey);
    this.#refuse(fault, reference);
  }

  #refuse(fault: Fault, reference: string | undefined): void {
    this.#failed.push(this.#items++);
    if (this.request.isBatch) this.#results.push(`{"error":${JSON.stringify(sentenceOf(fault))}${referenceMember(reference)}}`);
    else this.#single = fault;
  }

  end(signing: Signing | null): OperationRun {
    const { isBatch, items, whole } = this.request;
    const fault = this.#single instanceof Fault ? this.#single : null;
    const status = this.#failed.length === 0 ? 200 : this.#failed.length < items.length ? whole.partial_failure_response_code : 400;
    const [failed, invalid] = [this.#failed, this.#invalid];
    const counts = { items: items.length, failed: failed.length, invalid: invalid.length, failedItems: itemBitmap(failed, items.length), invalidItems: itemBitmap(invalid, items.length) };
    const data = isBatch ? batchOf(this.#results) : fault === null ? objectOf((this.#single as ItemDone).members) : null;
    const how = signing === null ? null : { prehashed: signing.prehashed, algorithm: signing.algorithm };
    return { data, fault, status, counts, signing: how, versions: this.#versions, digests: this.#digests };
  }

  /** Bound to the key: the ledger tells what was done twice with one key, and nothing across projects. */
  #digest(input: Uint8Array | string, about = this.#ofKey): void {
    if (this.request.operation === 'datakey') return;
    this.#digests.push(createHmac('sha256', this.macKey).update(about).update(input).digest());
  }
}

/** Before the id of the key, which never begins so: nothing that was read has the digest of something that was not. */
const UNREAD = 'unread:';

/** Of an item, what the digest would have been of. */
const INPUTS: Readonly<Record<OperationName, string>> = { encrypt: 'plaintext', decrypt: 'ciphertext', rewrap: 'ciphertext', datakey: '', hmac: 'input', sign: 'input', verify: 'input' };

function memberOf(operation: OperationName, raw: unknown): unknown {
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  return (isObject ? (raw as Readonly<Record<string, unknown>>)[INPUTS[operation]] : raw) ?? null;
}

const referenceMember = (reference: string | undefined): string => (reference === undefined ? '' : `,"reference":${JSON.stringify(reference)}`);

const [OPEN, CLOSE] = [Buffer.from('{'), Buffer.from('}')];

function objectOf(members: string | Buffer): Buffer {
  if (typeof members === 'string') return Buffer.from(`{${members}}`);
  const object = Buffer.concat([OPEN, members, CLOSE]);
  members.fill(0);
  return object;
}

const [OPEN_BATCH, CLOSE_BATCH] = ['{"batch_results":[', ']}'];

/** Written one by one into the place where they stay: the text of all of them would be copied three times. */
function batchOf(results: readonly string[]): Buffer {
  const lengthBytes = results.reduce((length, result) => length + Buffer.byteLength(result) + 1, OPEN_BATCH.length + CLOSE_BATCH.length);
  const batch = Buffer.allocUnsafeSlow(lengthBytes - 1);
  let at = batch.write(OPEN_BATCH);
  for (const [position, result] of results.entries()) at += batch.write(position === 0 ? result : `,${result}`, at);
  batch.write(CLOSE_BATCH, at);
  return batch;
}

/** As the dialect has it for a whole request. */
function sentenceOf({ kind, context: { detail, pointers = [] } }: Fault): string {
  const [first] = pointers;
  return first === undefined || first.pointer === '' ? (detail ?? kind.title) : `${first.pointer.slice(1)}: ${first.detail ?? detail ?? kind.title}`;
}
