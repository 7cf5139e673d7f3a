import { base64Bytes } from '#pure/encoding/base64-bytes.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { formatVersioned, parseVersioned } from '../domain/versioned-text.js';
import { convergentNonce } from '../primitives/derivation.js';
import type { Cipher } from '../primitives/key-type.js';
import { contextOf, handleOf, type ItemOperation, NOTHING, type Work } from './item-operation.js';
import { refused } from './key-refusals.js';
import { versionRefusal, versionToMake } from './key-source.js';

/** One text for everything that cannot be decrypted: which check failed tells whoever tries what to try next. */
export function undecryptable(): Fault {
  return new Fault(CRYPTO_FAULTS['transit-undecryptable'], { detail: 'cipher: message authentication failed' });
}

function cipherOf({ type }: Pick<Work, 'type'>): Cipher {
  if (type.cipher === null) throw new Error(`${type.name} has no cipher`);
  return type.cipher;
}

interface Bound {
  readonly context: Buffer | undefined;
  readonly associated_data: Buffer | undefined;
}

function associatedData(cipher: Cipher, { associated_data: bytes = NOTHING }: Bound): Buffer {
  if (bytes.length > 0 && !cipher.takesAssociatedData) throw refused('associated_data is not supported by keys of this type');
  return bytes;
}

async function encrypted(work: Work, plaintext: Buffer, item: Bound, asked: number): Promise<{ readonly text: string; readonly version: number }> {
  const cipher = cipherOf(work);
  const version = versionToMake(work.key, asked, 'encryption');
  if (plaintext.length > cipher.plaintextBytesMax) throw refused(`a key of this type encrypts at most ${cipher.plaintextBytesMax} bytes; encrypt them with a data key`);
  const bound = associatedData(cipher, item);
  const handle = await handleOf(work, version, contextOf(work, item), 'public');
  const nonce = work.key.convergent ? convergentNonce(handle, plaintext) : cipher.nonceBytes === 0 ? null : work.randomness.nonce(cipher.nonceBytes);
  return { text: formatVersioned(version, cipher.encrypt(handle, plaintext, { associatedData: bound, nonce })), version };
}

/** The caller wipes what it gets. */
async function decrypted(work: Work, ciphertext: string, item: Bound): Promise<{ readonly plaintext: Buffer; readonly version: number }> {
  const cipher = cipherOf(work);
  const bound = associatedData(cipher, item);
  const context = contextOf(work, item);
  const parsed = parseVersioned(ciphertext);
  if (parsed === null || versionRefusal(work.key, parsed.version, 'ciphertext') !== null) throw undecryptable();
  const handle = await handleOf(work, parsed.version, context, 'secret').catch((error: unknown) => {
    // A version that is destroyed, or has no private part: sealed, or without a database, is another matter.
    throw error instanceof Fault && error.kind === CRYPTO_FAULTS['transit-refused'] ? undecryptable() : error;
  });
  const plaintext = cipher.decrypt(handle, parsed.bytes, { associatedData: bound });
  if (plaintext === null) throw undecryptable();
  return { plaintext, version: parsed.version };
}

export const encrypt: ItemOperation<'encrypt'> = {
  input: ({ plaintext }) => plaintext ?? NOTHING,
  async perform(item, work) {
    if (item.plaintext === undefined) throw refused('missing plaintext to encrypt');
    const { text, version } = await encrypted(work, item.plaintext, item, askedVersion(item, work));
    return { members: `"ciphertext":"${text}","key_version":${version}`, version };
  },
};

/** An item's own, else the request's. */
function askedVersion({ key_version: own }: { readonly key_version: number | undefined }, { request }: Pick<Work<'encrypt' | 'rewrap'>, 'request'>): number {
  return own ?? request.whole.key_version ?? 0;
}

export const decrypt: ItemOperation<'decrypt'> = {
  input: ({ ciphertext }) => ciphertext ?? '',
  async perform(item, work) {
    if (item.ciphertext === undefined) throw refused('missing ciphertext to decrypt');
    const { plaintext, version } = await decrypted(work, item.ciphertext, item);
    try {
      return { members: `"plaintext":"${plaintext.toString('base64')}"`, version };
    } finally {
      plaintext.fill(0);
    }
  },
};

export const rewrap: ItemOperation<'rewrap'> = {
  input: ({ ciphertext }) => ciphertext ?? '',
  async perform(item, work) {
    if (item.ciphertext === undefined) throw refused('missing ciphertext to decrypt');
    const { plaintext } = await decrypted(work, item.ciphertext, item);
    try {
      const { text, version } = await encrypted(work, plaintext, item, askedVersion(item, work));
      return { members: `"ciphertext":"${text}","key_version":${version}`, version };
    } finally {
      plaintext.fill(0);
    }
  },
};

const DATA_KEY_BITS: ReadonlySet<number> = new Set([128, 256, 512]);
const [PLAINTEXT, CIPHERTEXT, KEY_VERSION] = ['"plaintext":"', '","ciphertext":"', '","key_version":'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

export const datakey: ItemOperation<'datakey'> = {
  input: () => NOTHING,
  async perform(item, work) {
    const { request, randomness } = work;
    const { bits } = request.whole;
    if (!DATA_KEY_BITS.has(bits)) throw refused('invalid bit length');
    const secret = randomness.bytes(bits / 8);
    try {
      const { text, version } = await encrypted(work, secret, item, item.key_version ?? 0);
      if (request.path.kind !== 'plaintext') return { members: `"ciphertext":"${text}","key_version":${version}`, version };
      const shown = base64Bytes(secret);
      const members = Buffer.concat([PLAINTEXT, shown, CIPHERTEXT, Buffer.from(text), KEY_VERSION, Buffer.from(String(version))]);
      shown.fill(0);
      return { members, version };
    } finally {
      secret.fill(0);
    }
  },
};
