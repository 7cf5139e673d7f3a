import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { TransitKey } from '../domain/transit-key.js';
import { CODE_COST, type Cost, COSTS, NO_COST } from '../primitives/costs.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import { isHeavy } from './heavy-work.js';
import { refused } from './key-refusals.js';
import type { OperationName } from './operation-fields.js';
import type { OperationRequest } from './operation-request.js';
import { signingOptions } from './signing-options.js';

/** What a request may ask for at once: ten seconds of one core, far below what a client waits for. */
export const REQUEST_MILLIS_MAX = 10_000;
/** From here on a request is one of those of which a thread is always kept free. */
const LONG_MILLIS = 1_000;
/** What the event loop does itself; on busy cores it takes several times as long by the clock. */
const INLINE_MILLIS_MAX = 3;
/** Of one item, which nothing gets in between. Arithmetic of ours takes several times as long until it is compiled. */
const INLINE_ITEM_MILLIS_MAX = 2;
/** Results of more than these are put together elsewhere too. */
const INLINE_ITEMS_MAX = 100;

/** How a request is done, told by what it costs. */
export interface OperationPlan {
  readonly where: 'loop' | 'thread';
  readonly isLong: boolean;
  /** Each piece takes a turn on libuv's pool. */
  readonly takesTurns: boolean;
}

/** Refuses what the key cannot do, and what is too much at once. */
export function planOf(request: OperationRequest, key: TransitKey): OperationPlan {
  const refusal = typeRefusal(request.operation, key);
  if (refusal !== null) throw refused(refusal);
  const { blocking, pooled } = costOf(request, key);
  const codes = request.items.filter(isCode).length;
  const priced = request.operation === 'verify' ? request.items.length - codes : request.items.length;
  if (request.isBatch && priced * (blocking + pooled) > REQUEST_MILLIS_MAX) throw tooMuch(request.operation, key, blocking + pooled);
  const blocked = priced * blocking + (request.items.length - priced) * CODE_COST.blocking;
  return {
    where: request.items.length > INLINE_ITEMS_MAX || blocked > INLINE_MILLIS_MAX || (priced > 0 && blocking > INLINE_ITEM_MILLIS_MAX) ? 'thread' : 'loop',
    isLong: blocked + priced * pooled > LONG_MILLIS,
    takesTurns: priced > 0 && isHeavy(pooled),
  };
}

/** What of a key's type an operation needs; the text is Vault's. */
function typeRefusal(operation: OperationName, { type: name }: TransitKey): string | null {
  const { cipher, signature } = KEY_TYPES[name];
  if (operation === 'hmac') return null;
  if (operation === 'sign') return signature === null ? `key type ${name} does not support signing` : null;
  // Every key verifies its own message authentication codes.
  if (operation === 'verify') return null;
  const noun = operation === 'decrypt' ? 'decryption' : 'encryption';
  return cipher === null ? `message ${noun} not supported for key type ${name}` : null;
}

/** Of one item. */
function costOf(request: OperationRequest, { type }: TransitKey): Cost {
  const { cipher, signature } = COSTS[type];
  const { encrypt = NO_COST, decrypt = NO_COST } = cipher ?? {};
  const signing = signingOptions(request);
  const ofDigest = signing !== null && (signing.prehashed || signing.hash === 'none');
  const byOperation: Readonly<Record<OperationName, Cost>> = {
    encrypt,
    decrypt,
    rewrap: { blocking: encrypt.blocking + decrypt.blocking, pooled: 0 },
    datakey: encrypt,
    hmac: CODE_COST,
    sign: (ofDigest ? signature?.signOfDigest : signature?.sign) ?? NO_COST,
    verify: (ofDigest ? signature?.verifyOfDigest : signature?.verify) ?? NO_COST,
  };
  return byOperation[request.operation];
}

/** Verifying a code is cheap with every type of key. */
function isCode(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'hmac' in item && typeof item.hmac === 'string' && item.hmac !== '';
}

function tooMuch(operation: OperationName, { type }: TransitKey, millis: number): Fault {
  return Fault.at(REQUEST_FAULTS['invalid-request'], '/batch_input', 'too-much-work', `at most ${Math.floor(REQUEST_MILLIS_MAX / millis)} items to ${operation} with a key of type ${type}`);
}
