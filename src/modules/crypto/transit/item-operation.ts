import type { Randomness } from '#platform/system/randomness.js';
import type { KeyHandle } from '../domain/key-type.js';
import type { TransitKey } from '../domain/transit-key.js';
import { CONTEXT_BYTES_MAX, convergentHandle, deriveHandle } from '../primitives/derivation.js';
import type { KeyType, SignatureOptions } from '../primitives/key-type.js';
import { refused } from './key-refusals.js';
import type { KeySource } from './key-source.js';
import type { ItemOf, OperationName } from './operation-fields.js';
import type { OperationRequest } from './operation-request.js';

/** One request at work on its key. */
export interface Work<O extends OperationName = OperationName> {
  readonly request: OperationRequest<O>;
  readonly key: TransitKey;
  readonly type: KeyType;
  readonly keys: KeySource;
  readonly randomness: Randomness;
  /** Of sign and verify. */
  readonly signing: SignatureOptions | null;
}

export interface ItemDone {
  /** Members of a JSON object, written out; bytes where a secret is among them. */
  readonly members: string | Buffer;
  readonly version: number;
  /** What was to be verified is not what the key made. */
  readonly invalid?: true;
}

export interface ItemOperation<O extends OperationName> {
  /** What the ledger has a keyed digest of. */
  input(item: ItemOf<O>): Uint8Array | string;
  /** Throws the fault that the item earns. */
  perform(item: ItemOf<O>, work: Work<O>): Promise<ItemDone>;
}

/** An input that there is not. */
export const NOTHING = Buffer.alloc(0);

const SYMMETRIC: ReadonlySet<string> = new Set(['aes128-gcm96', 'aes256-gcm96', 'chacha20-poly1305', 'hmac']);
const NO_CONTEXT = "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key";

/** The context that an item is done in; null of keys that are not derived, which pass over one as Vault's do. */
export function contextOf({ key }: Pick<Work, 'key'>, { context }: { readonly context: Buffer | undefined }): Buffer | null {
  if (!key.derived) return null;
  if (context === undefined || context.length === 0) throw refused(NO_CONTEXT);
  if (context.length > CONTEXT_BYTES_MAX) throw refused(`a context has at most ${CONTEXT_BYTES_MAX} bytes`);
  return context;
}

/** The handle that an item is done with: of derived keys, the one of its context. */
export async function handleOf({ key, keys }: Pick<Work, 'key' | 'keys'>, version: number, context: Buffer | null, half: 'secret' | 'public'): Promise<KeyHandle> {
  if (context === null) return half === 'secret' || SYMMETRIC.has(key.type) ? keys.handle(version) : keys.publicHandle(version);
  const handle = await keys.handle(version);
  return key.convergent ? convergentHandle(key.type, handle, context) : deriveHandle(key.type, handle, context);
}
