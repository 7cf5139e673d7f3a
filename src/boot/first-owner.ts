import { access, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FirstOwner, passwordRefusal } from '#modules/auth/index.js';
import { Refused, readValueFile } from '#platform/config/value-source.js';

/** Where the password goes when nobody watches. */
export const OWNER_PASSWORD_FILE = 'owner-one-time-password';
/** Of the directory in which it is kept until it has been shown. */
const PENDING = 'owner-pending-';

export interface FirstOwnerSettings {
  readonly ownerUsername: string;
  /** The operator's own choice of password: read instead of making one, and it need not be changed. */
  readonly ownerPasswordFile: string | null;
  readonly dataDirectory: string;
  readonly production: boolean;
}

/** The operator's password file cannot be used. The message names the variable and what to do, never what was read. */
export class OwnerPasswordRefusal extends Error {
  override readonly name = 'OwnerPasswordRefusal';
}

/** Where messages for the person at the console go. `isTTY` decides whether a secret may be shown. */
export type Console = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

/** The boot step: an installation without an owner gets one. Returns whether this process made it. */
export async function ensureFirstOwner(owner: FirstOwner, settings: FirstOwnerSettings, console: Console = process.stdout): Promise<boolean> {
  const chosenPassword = settings.ownerPasswordFile === null ? null : chosen(settings.ownerPasswordFile, settings, console);
  const made = await owner.ensure({ username: settings.ownerUsername, chosenPassword }, handOverTo(settings.dataDirectory, console));
  if (!made) {
    for (const file of await leftBehind(settings.dataDirectory)) {
      console.write(`A start that was broken off left a one-time password in ${file}: the first owner's, unless another was shown later. Remove the file once the owner can log in.\n`);
    }
  }
  return made;
}

/** Passwords that were kept and never shown, because the process ended between the two. */
async function leftBehind(dataDirectory: string): Promise<readonly string[]> {
  const names = await readdir(dataDirectory).catch(() => []);
  const files = names.filter((name) => name.startsWith(PENDING)).map((name) => join(dataDirectory, name, OWNER_PASSWORD_FILE));
  const present = await Promise.all(files.map((file) => access(file).then(() => true, () => false)));
  return files.filter((_, index) => present[index]);
}

function readPassword(file: string, isPrivate: boolean): string {
  try {
    return readValueFile(file, isPrivate);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    throw new OwnerPasswordRefusal(`BOOTSTRAP_OWNER_PASSWORD_FILE ${cause.message}`, { cause });
  }
}

/** The file's text without the line break that editors and `echo` leave. Errors name the variable, never the value. */
function chosen(file: string, settings: FirstOwnerSettings, console: Console): string {
  const password = readPassword(file, settings.production);
  if (password === '') throw new OwnerPasswordRefusal('BOOTSTRAP_OWNER_PASSWORD_FILE is empty');
  const refusal = passwordRefusal(password, [settings.ownerUsername]);
  if (refusal === null) return password;
  if (settings.production) throw new OwnerPasswordRefusal(`the password in BOOTSTRAP_OWNER_PASSWORD_FILE is refused: it must be ${refusal}`);
  console.write(`The password in BOOTSTRAP_OWNER_PASSWORD_FILE would be refused in production: it must be ${refusal}.\n`);
  return password;
}

/**
 * Kept in a 0600 file before the commit, so that a crash at any point leaves the password where a person can find it.
 * After the commit it is shown on a terminal and the file goes, or the file gets its final name, which is printed.
 */
function handOverTo(dataDirectory: string, console: Console): Parameters<FirstOwner['ensure']>[1] {
  const final = join(dataDirectory, OWNER_PASSWORD_FILE);
  // A directory of its own, 0700: replicas may share the data directory, and only one of them will win.
  let pending: string | null = null;
  const discard = async (): Promise<void> => {
    if (pending !== null) await rm(dirname(pending), { recursive: true, force: true });
  };
  return {
    keep: async (password) => {
      await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
      pending = join(await mkdtemp(join(dataDirectory, PENDING)), OWNER_PASSWORD_FILE);
      await writeSecret(pending, `${password}\n`);
    },
    discard,
    reveal: async (username, password) => {
      if (console.isTTY === true) {
        console.write(`\nThe first owner is "${username}". The one-time password, shown only now:\n\n    ${password}\n\nIt must be changed at the first login (PUT /v1/auth/password).\n\n`);
      } else {
        if (pending !== null) await rename(pending, final);
        console.write(`The first owner is "${username}". The one-time password is in ${final}, readable by this user only; it must be changed at the first login.\n`);
      }
      await discard();
    },
  };
}

/** Durable when it resolves, the file and its name. `wx` never opens what was there before, a link included. */
export async function writeSecret(path: string, secret: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(secret);
    await file.sync();
  } finally {
    await file.close();
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}
