import type { Keyring, Signer, Verifier } from '#modules/crypto/index.js';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { LogFormatError } from '#pure/transparency-log/log-format-error.js';
import { formatNote, formatSignatureLine, type Note, type NoteSignature, parseNote } from '#pure/transparency-log/note.js';
import { signNote, verifyNote } from '#pure/transparency-log/note-signature.js';
import { SIGNATURE_SCHEMES, type SignatureSchemeName } from '#pure/transparency-log/signature-scheme.js';
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

/**
 * Of every version, the revoked too, in their order: a revocation takes nothing back that was signed before it. When
 * that was, the chain tells and not the signature: once a newer version has signed, an older one that signs again is
 * reported. Empty before the log has its name.
 */
export async function checkpointKeys(keyring: Pick<Keyring, 'everyVersion'>, origin: string | null): Promise<readonly VerifierKey[]> {
  if (origin === null) return [];
  const keys = CHECKPOINT_PURPOSES.map(async (purpose) => {
    const versions = await keyring.everyVersion(purpose);
    return versions.map((version) => checkpointKey(origin, purpose, version));
  });
  return (await Promise.all(keys)).flat();
}

/** Who signed, as the database keeps them apart: two keys may share a name, and hardly ever an id with it. */
export interface Cosignature {
  /** The key's name and id, as its vkey begins. */
  readonly signer: string;
  /** The signature line with its newline. */
  readonly line: string;
}

export interface SignedCheckpoint {
  /** With the log's own signature: what is stored, chained, and asked of witnesses. */
  readonly note: string;
  /** By the log's cosigner, 3.3 kB: kept beside the note, and not for ever. */
  readonly cosignature: Cosignature;
}

/** Signs a head with every purpose. Time is the cosignature's, in seconds since 1970. */
export async function signCheckpoint(
  head: Pick<Checkpoint, 'origin' | 'size' | 'root'>,
  signers: Readonly<Record<CheckpointPurpose, Signer>>,
  timestampSeconds: number,
): Promise<SignedCheckpoint> {
  const text = formatCheckpoint({ ...head, extensions: [] });
  const sign = (purpose: CheckpointPurpose): Promise<Note> => {
    const signer = signers[purpose];
    return signNote(text, [{ key: checkpointKey(head.origin, purpose, signer), sign: (message) => signer.sign(message) }], timestampSeconds);
  };
  const cosigned = await sign('audit-cosign');
  return { note: formatNote(await sign('audit-checkpoint')), cosignature: cosignatureOf(cosigned.signatures[0]!) };
}

export function cosignatureOf(signature: NoteSignature): Cosignature {
  return { signer: `${signature.keyName}+${signature.keyId}`, line: formatSignatureLine(signature) };
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

/**
 * Which of these keys signed the note. None where it is no note, or where a line that names one of them is false: such
 * a note convicts whoever made it, whatever its other lines say.
 */
export function signersOf(note: string, keys: readonly VerifierKey[]): readonly VerifierKey[] {
  try {
    const verdict = verifyNote(parseNote(Buffer.from(note, 'utf8')), keys);
    return verdict.ok ? verdict.verified.map(({ key }) => key) : [];
  } catch (error) {
    if (error instanceof LogFormatError) return [];
    throw error;
  }
}

/** Whether the note has a true signature of each purpose, and no false one, by these keys. */
export function isSignedBy(note: string, keys: readonly VerifierKey[], purposes: readonly CheckpointPurpose[] = CHECKPOINT_PURPOSES): boolean {
  const schemes = new Set(signersOf(note, keys).map(({ scheme }) => scheme.type));
  return purposes.every((purpose) => schemes.has(SIGNATURE_SCHEMES[CHECKPOINT_SCHEMES[purpose]].type));
}
