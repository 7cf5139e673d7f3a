import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '#pure/encoding/base64.js';
import { VERSION_MAX } from './transit-key.js';

/**
 * What a key made, as text: `vault:vN:` and base64. Every text has one spelling: what another server or a person wrote
 * slightly differently is refused, so that two texts are never one ciphertext. No regular expression looks at it: V8
 * keeps alive what was last matched.
 */
export interface Versioned {
  readonly version: number;
  readonly bytes: Buffer;
}

/** What is wrong with a text, as Vault's clients compare it behind `invalid ciphertext: ` or `invalid signature: `. */
export type VersionedProblem = 'no prefix' | 'wrong number of fields' | 'version number could not be decoded' | 'could not decode base64';

/** `base64` is RFC 4648 §4 with padding; `base64url` §5 without, as JWS writes signatures. */
export type VersionedEncoding = 'base64' | 'base64url';

const PREFIX = 'vault:v';

const VERSION_DIGITS_MAX = String(VERSION_MAX).length;

const DECODERS = { base64: decodeBase64, base64url: decodeBase64Url } as const;
const ENCODERS = { base64: encodeBase64, base64url: encodeBase64Url } as const;

export function formatVersioned(version: number, bytes: Uint8Array, encoding: VersionedEncoding = 'base64'): string {
  return `${PREFIX}${version}:${ENCODERS[encoding](bytes)}`;
}

/** Version and bytes, or what is wrong with the text. */
export function readVersioned(text: string, encoding: VersionedEncoding = 'base64'): Versioned | VersionedProblem {
  if (!text.startsWith(PREFIX)) return 'no prefix';
  const colon = text.indexOf(':', PREFIX.length);
  if (colon === -1 || text.indexOf(':', colon + 1) !== -1) return 'wrong number of fields';
  const version = versionOf(text.slice(PREFIX.length, colon));
  if (version === null) return 'version number could not be decoded';
  const bytes = DECODERS[encoding](text.slice(colon + 1));
  return bytes === null || bytes.length === 0 ? 'could not decode base64' : { version, bytes };
}

/** Version and bytes; null for every other text. */
export function parseVersioned(text: string, encoding: VersionedEncoding = 'base64'): Versioned | null {
  const read = readVersioned(text, encoding);
  return typeof read === 'string' ? null : read;
}

/** 1 to 2^31 - 1 in decimal without sign, blank or leading zero. */
function versionOf(digits: string): number | null {
  if (digits.length === 0 || digits.length > VERSION_DIGITS_MAX) return null;
  const version = Number(digits);
  return Number.isInteger(version) && version >= 1 && version <= VERSION_MAX && String(version) === digits ? version : null;
}
