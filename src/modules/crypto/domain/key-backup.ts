import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';
import { KEY_TYPE_NAMES, type KeyTypeName } from './key-type.js';
import type { TransitKey, WrappedTransitVersion } from './transit-key.js';

/**
 * What is inside of a backup, before it is sealed: a line of JSON for the key and one for each version, the newest first.
 * Nothing in it is a secret: those are wrapped, as they are in the rows.
 */
const FORMAT = 1;

export function keyLine(key: TransitKey): string {
  return JSON.stringify({ format: FORMAT, ...key, createdAt: key.createdAt.toISOString() });
}

export function versionLine({ version, publicKey, wrappedSecret, wrappedHmacKey, encryptionsReserved, createdAt }: WrappedTransitVersion): string {
  const text = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
  return JSON.stringify({ version, publicKey: text(publicKey), wrappedSecret: text(wrappedSecret), wrappedHmacKey: text(wrappedHmacKey), encryptionsReserved, createdAt: createdAt.toISOString() });
}

/** Null for what is of another format; what was sealed here is trusted to be what was written above. */
export function readKeyLine(line: Uint8Array): TransitKey | null {
  const { format, createdAt, ...key } = objectOf(line) as { format: number; createdAt: string } & Omit<TransitKey, 'createdAt'>;
  const isKnown = format === FORMAT && KEY_TYPE_NAMES.includes(key.type satisfies KeyTypeName);
  return isKnown ? { ...key, createdAt: new Date(createdAt) } : null;
}

export function readVersionLine(line: Uint8Array): WrappedTransitVersion {
  const row = objectOf(line) as { version: number; publicKey: string | null; wrappedSecret: string | null; wrappedHmacKey: string; encryptionsReserved: number; createdAt: string };
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));
  return { ...row, publicKey: bytes(row.publicKey), wrappedSecret: bytes(row.wrappedSecret), wrappedHmacKey: Buffer.from(row.wrappedHmacKey, 'base64'), createdAt: new Date(row.createdAt) };
}

function objectOf(line: Uint8Array): object {
  const parsed = parseStrictJson(line);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) throw new Error('a line of a backup is no object');
  return parsed.value;
}
