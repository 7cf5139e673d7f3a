import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { EvidenceError, printable } from './evidence-error.js';

/** A verifier key of c2sp.org/signed-note, with what its signature type demands. */
export interface LogKey {
  readonly name: string;
  /** Four bytes as hex. */
  readonly id: string;
  readonly type: SignatureType;
  readonly publicKey: KeyObject;
}

/** Ed25519 of a log, Ed25519 cosignature, ML-DSA-44 cosignature: the type bytes of c2sp.org/signed-note and tlog-cosignature. */
export type SignatureType = 0x01 | 0x04 | 0x06;

/** A SubjectPublicKeyInfo is a constant and the bare key: RFC 8410, RFC 9881. */
const ED25519 = { keyBytes: 32, prefix: '302a300506032b6570032100', label: 'Ed25519', makes: 'Ed25519 signature' };
const KEY_FORMS: Readonly<Record<SignatureType, { readonly keyBytes: number; readonly prefix: string; readonly label: string; readonly makes: string }>> = {
  0x01: ED25519,
  0x04: { ...ED25519, label: 'Ed25519 cosignature', makes: 'Ed25519 cosignature' },
  0x06: { keyBytes: 1312, prefix: '30820532300b06096086480165030403110382052100', label: 'ML-DSA-44 cosignature', makes: 'ML-DSA-44 cosignature' },
};

/** What a key of this type makes, as the sentences of the verdict name it. */
export function signatureOf(type: SignatureType): string {
  return KEY_FORMS[type].makes;
}

/** The keys of a file: one a line, blank lines and lines that begin with # apart. Throws EvidenceError. */
export function parseKeys(text: string): LogKey[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new EvidenceError('there is no verifier key in it');
  return lines.map(parseKey);
}

function parseKey(line: string): LogKey {
  const refuse = (why: string): EvidenceError => new EvidenceError(`a verifier key is malformed: ${why}: ${printable(line)}`);
  const [name, id, encoded, ...rest] = splitKey(line);
  if (name === undefined || id === undefined || encoded === undefined || rest.length > 0) throw refuse('it is a name, an id and a key, with "+" between');
  if (name === '' || /[\p{White_Space}\p{Cc}]/u.test(name) || !/^[0-9a-f]{8}$/.test(id)) throw refuse('its name or its id');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw refuse('its key is not canonical base64');
  const type = bytes[0];
  if (type !== 0x01 && type !== 0x04 && type !== 0x06) throw refuse('its type is none of 01, 04 and 06');
  const form = KEY_FORMS[type];
  if (bytes.length !== 1 + form.keyBytes) throw refuse(`an ${form.label} key has ${form.keyBytes} bytes`);
  const digest = createHash('sha256').update(name, 'utf8').update('\n').update(bytes).digest('hex');
  if (digest.slice(0, 8) !== id) throw refuse('its id belongs to another name or key');
  const publicKey = createPublicKey({ key: Buffer.concat([Buffer.from(form.prefix, 'hex'), bytes.subarray(1)]), format: 'der', type: 'spki' });
  return { name, id, type, publicKey };
}

/** Base64 has "+" of its own: the first two separate. */
function splitKey(line: string): string[] {
  const first = line.indexOf('+');
  const second = line.indexOf('+', first + 1);
  return first < 0 || second < 0 ? [] : [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}
