/**
 * The code that a person types from one screen to another (RFC 8628 §6.1): eight consonants, so that no word is made of
 * them and no two look alike, 20^8 codes or 34 bits. Far too few for a secret that anybody may try: who tries must be
 * logged in and is slowed down, a code lives ten minutes, and a code that is guessed gives the guesser nothing; it lets
 * somebody else's device in, as them.
 */
export const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
export const USER_CODE_LENGTH = 8;
/** For the largest multiple of 20 below 256: what lies above would make the first letters likelier. */
const BYTES_BELOW = 240;
/** So many bytes hold eight that are below it but for once in 10^12. */
export const USER_CODE_RANDOM_BYTES = 32;

/** Null when too few of the bytes are of use: draw again. */
export function userCodeOf(random: Buffer): string | null {
  const letters = [...random].filter((byte) => byte < BYTES_BELOW).slice(0, USER_CODE_LENGTH).map((byte) => USER_CODE_ALPHABET[byte % USER_CODE_ALPHABET.length]);
  return letters.length < USER_CODE_LENGTH ? null : letters.join('');
}

/** As it is shown: `WDJB-MJHT`. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, USER_CODE_LENGTH / 2)}-${code.slice(USER_CODE_LENGTH / 2)}`;
}

const CODE = new RegExp(`^[${USER_CODE_ALPHABET}]{${USER_CODE_LENGTH}}$`);

/** What was typed: in either case, with or without whatever stands between the halves. Null: it is no code. */
export function parseUserCode(typed: string): string | null {
  if (typed.length > 32) return null;
  const code = typed.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[\s\u2010-\u2015-]/g, '');
  return CODE.test(code) ? code : null;
}
