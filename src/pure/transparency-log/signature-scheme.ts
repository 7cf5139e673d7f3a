import { uint64Bytes } from '../encoding/uint64.js';
import { parseCheckpoint } from './checkpoint.js';
import { LogFormatError } from './log-format-error.js';

/**
 * The signature types that we make and check, with everything that tells them apart: nothing outside this table
 * asks for a type by name. Types 0x02 (ECDSA) and 0x05 (RFC 6962) are other ecosystems' and are refused.
 */
export interface SignatureScheme {
  /** The signature type identifier byte of c2sp.org/signed-note. */
  readonly type: number;
  /** For people. */
  readonly label: string;
  /** Whether it is a cosignature: it then begins with the time at which it was made, as 8 bytes. */
  readonly isTimestamped: boolean;
  readonly publicKeyBytes: number;
  readonly signatureBytes: number;
  /** What DER puts before the public key in a SubjectPublicKeyInfo: RFC 8410 §4, RFC 9881 §4. Keys here have no parameters, so it is constant. */
  readonly spkiPrefix: Buffer;
  /** The bytes that are signed. `timestampSeconds` is 0 for a type that has none. */
  message(keyName: string, text: string, timestampSeconds: number): Buffer;
}

const ED25519 = { publicKeyBytes: 32, signatureBytes: 64, spkiPrefix: Buffer.from('302a300506032b6570032100', 'hex') };
const ML_DSA_44 = {
  publicKeyBytes: 1312,
  signatureBytes: 2420,
  spkiPrefix: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
};

export const SIGNATURE_SCHEMES = Object.freeze({
  /** The log's own signature: the one that every log must have (c2sp.org/tlog-tiles, Checkpoints). */
  ed25519: { type: 0x01, label: 'Ed25519', isTimestamped: false, ...ED25519, message: (_name, text) => Buffer.from(text, 'utf8') },
  'ed25519-cosignature': { type: 0x04, label: 'Ed25519 cosignature', isTimestamped: true, ...ED25519, message: cosignatureV1 },
  /** Holds against quantum computers too, and commits to the cosigner's name. */
  'ml-dsa-44-cosignature': { type: 0x06, label: 'ML-DSA-44 cosignature', isTimestamped: true, ...ML_DSA_44, message: subtreeV1 },
} satisfies Record<string, SignatureScheme>);

export type SignatureSchemeName = keyof typeof SIGNATURE_SCHEMES;

/** c2sp.org/tlog-cosignature, Ed25519 signed message: two lines, then the checkpoint's text with its extensions. */
function cosignatureV1(_keyName: string, text: string, timestampSeconds: number): Buffer {
  parseCheckpoint(text);
  return Buffer.from(`cosignature/v1\ntime ${timestampSeconds}\n${text}`, 'utf8');
}

/** c2sp.org/tlog-cosignature, ML-DSA-44 signed message, for the subtree that is the whole tree. */
function subtreeV1(keyName: string, text: string, timestampSeconds: number): Buffer {
  const { origin, size, root } = parseCheckpoint(text);
  return Buffer.concat([
    Buffer.from('subtree/v1\n\0', 'latin1'),
    vector8(keyName),
    uint64Bytes(timestampSeconds),
    vector8(origin),
    uint64Bytes(0),
    uint64Bytes(size),
    root,
  ]);
}

/** `opaque <1..2^8-1>` of RFC 8446 §3.4. */
function vector8(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length < 1 || bytes.length > 255) throw new LogFormatError('checkpoint-malformed', 'an ML-DSA-44 cosignature takes names and origins of 1 to 255 bytes');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
