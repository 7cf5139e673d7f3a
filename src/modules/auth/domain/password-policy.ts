import { normalisedPassword } from '#pure/password/normalised-password.js';
import { fold, isBreached } from './breached-passwords.js';

/**
 * Which new passwords are taken (NIST SP 800-63B-4 §3.1.1.2): long, not commonly used, not about the product or the
 * account; no composition rules, no hints, no expiry. Existing passwords are never judged again.
 */

/** 15 characters where the password is the only factor; counted in code points of the normalised text. */
export const PASSWORD_CODE_POINTS_MIN = 15;
/** Beside a second factor: what is guessed opens nothing by itself. */
export const SHORT_PASSWORD_CODE_POINTS_MIN = 8;
/** Far above any passphrase; bounds what a request can make argon2 read. */
export const PASSWORD_CODE_POINTS_MAX = 1024;

/** What must remain of a password once everything that anybody would guess about this account is taken away. */
const UNGUESSED_CODE_POINTS_MIN = 8;
/** Of one that may be short: half of it. */
const SHORT_UNGUESSED_CODE_POINTS_MIN = 4;

/** Texts of 15 characters and more that head the published lists of leaked passwords, folded as `fold` does. */
const COMMON: ReadonlySet<string> = new Set([
  '123456789012345', '1234567890123456', '12345678901234567890', '0123456789abcdef', '1234567812345678',
  'qwertyuiopasdfgh', 'qwertyuiopasdfghjkl', 'qwertyuiopasdfghjklzxcvbnm', 'qwerty1234567890', '1qaz2wsx3edc4rfv', '1qaz2wsx3edc4rfv5tgb',
  '1q2w3e4r5t6y7u8i', '1q2w3e4r5t6y7u8i9o0p', 'zaq12wsxcde34rfv', 'qazwsxedcrfvtgb', 'qazwsxedcrfvtgbyhnujm',
  'abcdefghijklmno', 'abcdefghijklmnop', 'abcdefghijklmnopqrstuvwxyz', 'abcdefgh12345678', 'abcd1234abcd1234',
  'iloveyouforever', 'iloveyousomuch1', 'letmeinletmein1', 'thequickbrownfox', 'administrator123',
  'trustno1trustno1', 'monkeymonkeymonkey', 'dragondragon123', 'changemechangeme', 'changemeplease1', 'welcome123456789',
  'superman12345678', 'princess12345678', 'football12345678', 'baseball12345678', 'sunshine12345678', 'starwars12345678',
]);

/** Words that say nothing here: the product's, the trade's, and the first that everybody tries. */
const CONTEXT_WORDS = ['quantonium', 'quantum', 'password', 'passphrase', 'administrator', 'admin', 'owner', 'welcome', 'changeme', 'letmein', 'qwerty', 'secret'];

export type PasswordRefusal = 'too-short' | 'too-long' | 'not-well-formed' | 'too-repetitive' | 'too-common' | 'about-the-account';

export const PASSWORD_REFUSALS: Readonly<Record<PasswordRefusal, string>> = {
  'too-short': `at least ${PASSWORD_CODE_POINTS_MIN} characters, or ${SHORT_PASSWORD_CODE_POINTS_MIN} where a second factor is asked for too`,
  'too-long': `at most ${PASSWORD_CODE_POINTS_MAX} characters`,
  'not-well-formed': 'Unicode text without lone surrogates or NUL',
  'too-repetitive': 'not a few characters over and over',
  'too-common': 'not one of the passwords that everybody tries, or that is known from leaks',
  'about-the-account': 'more than the name of the account, the product and words like "password"',
};

/** Whether it is good only beside a second factor. Of what the policy has taken. */
export function isShortPassword(typed: string): boolean {
  return [...normalisedPassword(typed)].length < PASSWORD_CODE_POINTS_MIN;
}

/** Why a new password is refused, or null. `accountNames` are the username and what is known of the person. */
export function refusalOfPassword(typed: string, accountNames: readonly string[], hasSecondFactor = false): PasswordRefusal | null {
  if (!typed.isWellFormed() || typed.includes('\0')) return 'not-well-formed';
  // UTF-16 units bound the work of normalising: NFKC grows a text at most 18-fold, so it must not see megabytes.
  if (typed.length > 2 * PASSWORD_CODE_POINTS_MAX) return 'too-long';
  const points = [...normalisedPassword(typed)];
  if (points.length < (hasSecondFactor ? SHORT_PASSWORD_CODE_POINTS_MIN : PASSWORD_CODE_POINTS_MIN)) return 'too-short';
  if (points.length > PASSWORD_CODE_POINTS_MAX) return 'too-long';
  const folded = fold(normalisedPassword(typed));
  if (period(points) <= 4 || new Set(points).size <= 4) return 'too-repetitive';
  const unit = folded.slice(0, period([...folded]));
  if ([folded, unit].some((text) => COMMON.has(text) || isBreached(text))) return 'too-common';
  const unguessedMin = points.length < PASSWORD_CODE_POINTS_MIN ? SHORT_UNGUESSED_CODE_POINTS_MIN : UNGUESSED_CODE_POINTS_MIN;
  return unguessed(folded, accountNames) < unguessedMin ? 'about-the-account' : null;
}

/** How many code points are left without the context words, and without the digits that people hang on to them. */
function unguessed(folded: string, accountNames: readonly string[]): number {
  const names = accountNames.flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)]).map(fold);
  // One- and two-letter words occur in every text by chance.
  const words = [...names, ...CONTEXT_WORDS].filter((word) => word.length >= 3).sort((a, b) => b.length - a.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ' '), folded);
  // Only digits that are all that is left beside a word are worthless; a passphrase may hold as many as it likes.
  return rest === folded ? [...folded].length + UNGUESSED_CODE_POINTS_MIN : [...rest.replace(/[\p{N} ]/gu, '')].length;
}

/** The length of the shortest unit whose repetition the text is; its own length when it is none (KMP failure function). */
function period(points: readonly string[]): number {
  const failure = [0];
  for (let at = 1; at < points.length; at++) {
    let length = failure[at - 1]!;
    while (length > 0 && points[at] !== points[length]) length = failure[length - 1]!;
    failure.push(points[at] === points[length] ? length + 1 : 0);
  }
  return points.length - (failure.at(-1) ?? 0);
}
