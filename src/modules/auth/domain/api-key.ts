import { createHash } from 'node:crypto';
import type { Scope } from '#pure/principal/principal.js';

/** A key as its owner and administrators see it: never the secret nor its hash. */
export interface ApiKey {
  readonly id: string;
  /** What stands in the text of the key and may be shown: by it a key that turned up somewhere is found here. */
  readonly publicId: string;
  /** Whose key it is; whatever it does, they have done. */
  readonly ownerId: string;
  readonly ownerKind: 'user' | 'service';
  readonly label: string | null;
  readonly scopes: readonly Scope[];
  /** Null: wherever its owner may be. */
  readonly projectId: string | null;
  readonly createdAt: Date;
  /** Who made it, and has seen it: of a person's key its owner. */
  readonly createdBy: string;
  readonly expiresAt: Date;
  /** To the minute. Null: not yet. */
  readonly lastUsedAt: Date | null;
}

/**
 * `qak_<12 id>_<43 secret><6 checksum>`, all of it digits and letters: a double click takes the whole of it, no shell
 * and no URL changes it, and a scanner of repositories needs one expression. 43 characters of 62 are 256 random bits.
 */
const KEY = /^qak_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;
export const API_KEY_PREFIX = 'qak_';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const ID_CHARACTERS = 12;
export const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;

/** The greatest multiple of 62 that a byte can be below: what is drawn above it is drawn again, so that every character is equally likely. */
const FAIR_BELOW = 248;

/** `draw` gives that many random bytes. */
export function drawApiKey(draw: (lengthBytes: number) => Buffer): string {
  const body = `${API_KEY_PREFIX}${letters(draw, ID_CHARACTERS)}_${letters(draw, SECRET_CHARACTERS)}`;
  return body + checksumOf(body);
}

function letters(draw: (lengthBytes: number) => Buffer, count: number): string {
  let text = '';
  while (text.length < count) {
    const drawn = draw(count - text.length);
    for (const byte of drawn) if (byte < FAIR_BELOW) text += ALPHABET[byte % 62]!;
    drawn.fill(0);
  }
  return text;
}

export interface ReadApiKey {
  readonly publicId: string;
  /** What is kept of the key, and looked for. */
  readonly hash: Buffer;
}

/**
 * Null for every text that is no key, and for one with a typing error: CRC-32 finds every burst of up to 32 bits, so that
 * whatever one or two neighbouring characters became is told without asking the database. It guards nothing else.
 */
export function readApiKey(text: string): ReadApiKey | null {
  const match = KEY.exec(text);
  if (match === null || match[2] !== checksumOf(text.slice(0, -CHECKSUM_CHARACTERS))) return null;
  return { publicId: match[1]!, hash: createHash('sha256').update(text, 'latin1').digest() };
}

/** Six digits to the base of 62, which hold 35 bits. Of the characters as they are: a buffer of them would be one more copy. */
function checksumOf(body: string): string {
  let rest = crc32(Array.from(body, (character) => character.charCodeAt(0)));
  let digits = '';
  for (let at = 0; at < CHECKSUM_CHARACTERS; at++, rest = Math.floor(rest / 62)) digits = ALPHABET[rest % 62]! + digits;
  return digits;
}

/** Of ISO 3309, as in zip and PNG: reflected, 0xEDB88320. Bit by bit, since it is of 60 bytes. */
export function crc32(bytes: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

export const LIFETIME_DAYS_MAX = 365;
/** Of one owner, that have not expired: enough for their programs, and few enough to be looked over. */
export const API_KEYS_MAX = 20;
/** A use is written when the last one that was is as old as this. */
export const USE_NOTED_MILLIS = 60_000;
