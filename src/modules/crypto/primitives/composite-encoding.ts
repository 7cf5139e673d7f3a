import { base64Bytes } from '#pure/encoding/base64-bytes.js';
import { decodeBase64, encodeBase64 } from '#pure/encoding/base64.js';
import { copyOf } from './symmetric-type.js';

/**
 * Keys that their draft writes as raw concatenations of fixed length, and that OpenSSL has no type for. In PKCS #8 and
 * SubjectPublicKeyInfo the raw bytes stand behind a header that is always the same, so there is nothing to parse: a
 * file is header and key, or it is refused.
 */
export interface CompositeEncoding {
  readonly privateBytes: number;
  readonly publicBytes: number;
  /** DER of the object identifier, tag and length included. */
  readonly identifier: Buffer;
}

/** The raw private key, from itself or from PKCS #8; null for other lengths and other algorithms. A copy. */
export function rawPrivateKey({ privateBytes, identifier }: CompositeEncoding, bytes: Buffer): Buffer | null {
  if (bytes.length === privateBytes) return copyOf(bytes);
  const raw = behind(pkcs8Header(identifier, privateBytes), bytes, privateBytes);
  return raw === null ? null : copyOf(raw);
}

/** The raw public key from SubjectPublicKeyInfo, PEM or DER, or from itself, also in the base64 that it is shown in. */
export function rawPublicKey({ publicBytes, identifier }: CompositeEncoding, bytes: Buffer): Buffer | null {
  if (bytes.length === publicBytes) return copyOf(bytes);
  const shown = bytesOfPublicText(bytes, publicBytes);
  if (shown !== null) return shown;
  const der = bytes[0] === DASH ? derOfPem(bytes) : bytes;
  const raw = der === null ? null : behind(spkiHeader(identifier, publicBytes), der, publicBytes);
  return raw === null ? null : copyOf(raw);
}

export const publicText = (publicKey: Buffer): string => encodeBase64(publicKey);

/** What `publicText` made of so many bytes; null for all else. */
export function bytesOfPublicText(text: Buffer, length: number): Buffer | null {
  if (text.length !== 4 * Math.ceil(length / 3)) return null;
  const bytes = decodeBase64(text.toString('latin1'));
  return bytes?.length === length ? bytes : null;
}

export const secretText = base64Bytes;

function behind(header: Buffer, bytes: Buffer, length: number): Buffer | null {
  const fits = bytes.length === header.length + length && bytes.subarray(0, header.length).equals(header);
  return fits ? bytes.subarray(header.length) : null;
}

const VERSION_1 = Buffer.from([0x02, 0x01, 0x00]);

/** OneAsymmetricKey of version 1 without attributes (RFC 5958), up to the key in its OCTET STRING. */
function pkcs8Header(identifier: Buffer, privateBytes: number): Buffer {
  const inner = Buffer.concat([VERSION_1, tagged(0x30, identifier.length), identifier, tagged(0x04, privateBytes)]);
  return Buffer.concat([tagged(0x30, inner.length + privateBytes), inner]);
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1) up to the key in its BIT STRING. */
function spkiHeader(identifier: Buffer, publicBytes: number): Buffer {
  const inner = Buffer.concat([tagged(0x30, identifier.length), identifier, tagged(0x03, publicBytes + 1), Buffer.from([0])]);
  return Buffer.concat([tagged(0x30, inner.length + publicBytes), inner]);
}

/** Tag and length of DER, up to 65535 bytes. */
function tagged(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  return Buffer.from(length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]);
}

const DASH = 0x2d;
const HEAD = '-----BEGIN PUBLIC KEY-----';
const FOOT = '-----END PUBLIC KEY-----';

/** Of a public key alone: what it holds may become a string. */
function derOfPem(bytes: Buffer): Buffer | null {
  const lines = bytes.toString('latin1').trim().split('\n').map((line) => line.trimEnd());
  return lines[0] === HEAD && lines.at(-1) === FOOT ? decodeBase64(lines.slice(1, -1).join('')) : null;
}
