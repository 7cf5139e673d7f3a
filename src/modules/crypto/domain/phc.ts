/**
 * The PHC string format for argon2id (P-H-C/phc-string-format): `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, base64 without
 * padding. Parsing is strict and bounded, because a stored string decides how much memory a login costs.
 */
export interface Argon2Cost {
  /** m, in KiB. */
  readonly memoryKib: number;
  /** t. */
  readonly passes: number;
  /** p. */
  readonly parallelism: number;
}

export interface PhcHash extends Argon2Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Above what we ever set (19456 KiB, 2, 1) with room to raise it; a row that asks for more is damaged or hostile. */
const MEMORY_KIB_MAX = 262_144;
const PASSES_MAX = 16;
const PARALLELISM_MAX = 4;

const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export function formatPhc(hash: PhcHash): string {
  const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${hash.memoryKib},t=${hash.passes},p=${hash.parallelism}$${unpadded(hash.salt)}$${unpadded(hash.tag)}`;
}

/** Null for whatever is not exactly such a string within the bounds. */
export function parsePhc(text: string): PhcHash | null {
  const match = PHC.exec(text);
  if (match === null) return null;
  const [, memory, passes, parallelism, salt, tag] = match;
  const hash = {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt!, 'base64'),
    tag: Buffer.from(tag!, 'base64'),
  };
  if (hash.memoryKib > MEMORY_KIB_MAX || hash.passes > PASSES_MAX || hash.parallelism > PARALLELISM_MAX) return null;
  // RFC 9106 §3.1: at least 8 KiB of memory for each lane.
  if (hash.memoryKib < 8 * hash.parallelism) return null;
  // One text for one value: base64 whose unused bits are set is another spelling of the same bytes.
  return formatPhc(hash) === text ? hash : null;
}
