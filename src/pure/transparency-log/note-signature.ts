import { verify } from 'node:crypto';
import { readUint64, uint64Bytes } from '../encoding/uint64.js';
import { LogFormatError } from './log-format-error.js';
import type { Note, NoteSignature } from './note.js';
import type { VerifierKey } from './verifier-key.js';

/** Who can sign: the keyring's handle behind a function, since key material stays where it is. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** The bare signature over exactly these bytes, of the key's scheme. */
  sign(message: Buffer): Promise<Uint8Array> | Uint8Array;
}

export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** When a cosignature says it was made, seconds since 1970; null for a type without a time. */
  readonly timestampSeconds: number | null;
}

export type NoteVerdict =
  | { readonly ok: true; readonly verified: readonly VerifiedSignature[]; readonly unknown: readonly NoteSignature[] }
  | { readonly ok: false; readonly failed: NoteSignature };

const TIMESTAMP_BYTES = 8;

/**
 * Signs a text; the signatures stand in the order of the signers. `timestampSeconds` is for cosignatures: the caller
 * must hold that the tree is the largest that it has seen, and must never sign two trees that are not consistent.
 */
export async function signNote(text: string, signers: readonly NoteSigner[], timestampSeconds: number): Promise<Note> {
  const signatures: NoteSignature[] = [];
  for (const signer of signers) {
    const { key } = signer;
    const time = key.scheme.isTimestamped ? timestampSeconds : 0;
    const bare = await signer.sign(key.scheme.message(key.name, text, time));
    if (bare.length !== key.scheme.signatureBytes) {
      throw new LogFormatError('signature-malformed', `an ${key.scheme.label} has ${key.scheme.signatureBytes} bytes`);
    }
    const prefix = key.scheme.isTimestamped ? uint64Bytes(time) : Buffer.alloc(0);
    signatures.push({ keyName: key.name, keyId: key.keyId, signature: Buffer.concat([prefix, bare]) });
  }
  return { text, signatures };
}

/**
 * Checks every signature whose name and id are those of a given key. One that fails convicts the whole note; those of
 * other keys say nothing, and are handed back as unknown (signed-note, Signatures). A key signs once: a second line of
 * it would be bytes that nobody looks at.
 */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): NoteVerdict {
  const verified: VerifiedSignature[] = [];
  const unknown: NoteSignature[] = [];
  for (const signature of note.signatures) {
    const key = keys.find(({ name, keyId }) => name === signature.keyName && keyId === signature.keyId);
    if (key === undefined) {
      unknown.push(signature);
      continue;
    }
    const checked = verifyOne(note.text, signature.signature, key);
    if (checked === null || verified.some((earlier) => earlier.key === key)) return { ok: false, failed: signature };
    verified.push(checked);
  }
  return { ok: true, verified, unknown };
}

function verifyOne(text: string, signature: Buffer, key: VerifierKey): VerifiedSignature | null {
  const { scheme } = key;
  const bare = scheme.isTimestamped ? signature.subarray(TIMESTAMP_BYTES) : signature;
  const timestampSeconds = scheme.isTimestamped ? readUint64(signature) : 0;
  if (timestampSeconds === null || bare.length !== scheme.signatureBytes) return null;
  let message: Buffer;
  try {
    message = scheme.message(key.name, text, timestampSeconds);
  } catch (error) {
    // A cosignature under a text that is no checkpoint signs nothing.
    if (error instanceof LogFormatError) return null;
    throw error;
  }
  if (!verify(null, message, key.publicKey, bare)) return null;
  return { key, timestampSeconds: scheme.isTimestamped ? timestampSeconds : null };
}
