import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256 } from '../digest/digest.js';
import { decodeBase64, encodeBase64 } from '../encoding/base64.js';
import { LogFormatError } from './log-format-error.js';
import { isKeyName } from './note.js';
import { SIGNATURE_SCHEMES, type SignatureScheme, type SignatureSchemeName } from './signature-scheme.js';

/** A public key with the name and the type under which it signs: what a vkey line of c2sp.org/signed-note says. */
export interface VerifierKey {
  readonly name: string;
  /** SHA-256(name, newline, type, public key), first 4 bytes, as 8 lowercase hex digits. */
  readonly keyId: string;
  readonly scheme: SignatureScheme;
  readonly publicKey: KeyObject;
}

const VKEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;

/** The verifier key of a public key. Throws LogFormatError for a name that notes cannot carry, or a key of another kind. */
export function verifierKey(name: string, schemeName: SignatureSchemeName, publicKey: KeyObject): VerifierKey {
  if (!isKeyName(name)) throw malformed('a key name is not empty and has neither spaces nor "+"');
  const scheme = SIGNATURE_SCHEMES[schemeName];
  return { name, keyId: keyId(name, typedKey(scheme, publicKey)), scheme, publicKey };
}

/** Parses one vkey, without its newline. Throws LogFormatError. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, id, encoded] = VKEY.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) {
    throw malformed('a verifier key is a name, 8 hex digits and base64, with "+" between');
  }
  const typed = decodeBase64(encoded);
  if (typed === null) throw malformed('its key is canonical base64');
  const scheme = Object.values(SIGNATURE_SCHEMES).find(({ type }) => type === typed[0]);
  if (scheme === undefined) throw new LogFormatError('vkey-unsupported', 'its signature type is none of 0x01, 0x04 and 0x06');
  if (typed.length !== 1 + scheme.publicKeyBytes) throw malformed(`its ${scheme.label} public key has ${scheme.publicKeyBytes} bytes`);
  // The id is part of what identifies the key in a note; one that does not belong to the key is a slip of copying.
  if (id !== keyId(name, typed)) throw malformed('its key id is not that of its name and key');
  const publicKey = createPublicKey({ key: Buffer.concat([scheme.spkiPrefix, typed.subarray(1)]), format: 'der', type: 'spki' });
  return { name, keyId: id, scheme, publicKey };
}

/** The vkey text, without a newline. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${encodeBase64(typedKey(key.scheme, key.publicKey))}`;
}

/** The type byte and the bare public key. */
function typedKey(scheme: SignatureScheme, publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const raw = spki.subarray(scheme.spkiPrefix.length);
  if (!spki.subarray(0, scheme.spkiPrefix.length).equals(scheme.spkiPrefix) || raw.length !== scheme.publicKeyBytes) {
    throw malformed(`its public key is not an ${scheme.label} key`);
  }
  return Buffer.concat([Buffer.of(scheme.type), raw]);
}

function keyId(name: string, typed: Buffer): string {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed])).toString('hex', 0, 4);
}

function malformed(message: string): LogFormatError {
  return new LogFormatError('vkey-malformed', message);
}
