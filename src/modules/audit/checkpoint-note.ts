import type { Signer, Verifier } from '#modules/crypto/index.js';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { LogFormatError } from '#pure/transparency-log/log-format-error.js';
import { formatNote, parseNote } from '#pure/transparency-log/note.js';
import { type NoteSigner, signNote, verifyNote } from '#pure/transparency-log/note-signature.js';
import type { SignatureSchemeName } from '#pure/transparency-log/signature-scheme.js';
import { type VerifierKey, verifierKey } from '#pure/transparency-log/verifier-key.js';

/**
 * How the keyring's purposes sign checkpoints. The log key is an Ed25519 signature of the log's own; the cosigner is
 * ML-DSA-44 under the same name, and holds when Ed25519 does not any more.
 */
export const CHECKPOINT_SCHEMES = Object.freeze({
  'audit-checkpoint': 'ed25519',
  'audit-cosign': 'ml-dsa-44-cosignature',
} satisfies Record<string, SignatureSchemeName>);

export type CheckpointPurpose = keyof typeof CHECKPOINT_SCHEMES;
export const CHECKPOINT_PURPOSES = Object.keys(CHECKPOINT_SCHEMES) as readonly CheckpointPurpose[];

/** The key's name is the log's origin. */
export function checkpointKey(origin: string, purpose: CheckpointPurpose, key: Pick<Verifier, 'publicKey'>): VerifierKey {
  return verifierKey(origin, CHECKPOINT_SCHEMES[purpose], key.publicKey);
}

/** The signed note of a head, with one signature a purpose. Time is the cosignature's, in seconds since 1970. */
export async function signCheckpoint(
  head: Pick<Checkpoint, 'origin' | 'size' | 'root'>,
  signers: Readonly<Record<CheckpointPurpose, Signer>>,
  timestampSeconds: number,
): Promise<string> {
  const noteSigners = CHECKPOINT_PURPOSES.map((purpose): NoteSigner => {
    const signer = signers[purpose];
    return { key: checkpointKey(head.origin, purpose, signer), sign: (message) => signer.sign(message) };
  });
  return formatNote(await signNote(formatCheckpoint({ ...head, extensions: [] }), noteSigners, timestampSeconds));
}

/** What a stored note says, its signatures unchecked; null when it is no checkpoint. */
export function readCheckpoint(note: string): Checkpoint | null {
  try {
    return parseCheckpoint(parseNote(Buffer.from(note, 'utf8')).text);
  } catch (error) {
    if (error instanceof LogFormatError) return null;
    throw error;
  }
}

/** Whether every given purpose's signature on the note is by a key of this list, and none by them is false. */
export function isSignedBy(note: string, keys: readonly VerifierKey[]): boolean {
  const verdict = verifyNote(parseNote(Buffer.from(note, 'utf8')), keys);
  if (!verdict.ok) return false;
  const schemes = new Set(verdict.verified.map(({ key }) => key.scheme.type));
  return keys.every(({ scheme }) => schemes.has(scheme.type));
}
