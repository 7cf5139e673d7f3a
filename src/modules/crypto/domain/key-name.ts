/** As the database has it: what Vault takes, up to 128 characters. Case counts. */
const KEY_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$/;

export function isKeyName(text: string): boolean {
  return KEY_NAME.test(text);
}
