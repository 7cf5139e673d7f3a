/**
 * The grammar of account names. ASCII only and lower case, so that no two names can look alike or fold into one
 * another: there is nothing for NFKC to do, and what is stored is what was typed. `@` and `.` let an e-mail address
 * serve as a name.
 */
const USERNAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

export const USERNAME_PATTERN = USERNAME;

/** Names of this beginning are left to accounts that were erased: whoever took one first would stand in the way of an erasure. */
const ERASED = 'erased.';

/** Whether a new account may have this name: exact, nothing is folded on the way in. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text) && !text.startsWith(ERASED);
}

/** What an account is called when its person was erased: of the grammar, and of this account alone. */
export function erasedName(id: string): string {
  return `${ERASED}${id}`;
}

/**
 * What a login means by the name that was typed. Only A–Z are folded: `toLowerCase` would also turn U+212A KELVIN
 * SIGN into `k`. A text that is no username stays as it is and will simply not be found: login never says why.
 */
export function usernameAtLogin(typed: string): string {
  return typed.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
