import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Postgres refuses to run as root, and rightly. Started by root it runs as `nobody` (initdb wants an account that
 * /etc/passwd knows, and no account of the host is ours to make); started by anybody else, as that user.
 */
export interface ServerAccount {
  /** What to switch to when spawning; null: our own. */
  readonly identity: { readonly uid: number; readonly gid: number } | null;
}

const ROOT_UID = 0;
/** `nobody` of every Linux distribution. */
const NOBODY = { uid: 65534, gid: 65534 } as const;

export function serverAccount(platform: NodeJS.Platform, uid: number | undefined): ServerAccount {
  if (platform === 'win32') throw new Error('the embedded Postgres does not run on Windows: set DATABASE_URL');
  if (uid !== ROOT_UID) return { identity: null };
  if (platform !== 'linux') throw new Error(`the embedded Postgres does not run as root on ${platform}: start as an ordinary user, or set DATABASE_URL`);
  return { identity: NOBODY };
}

interface Mode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether the account may read (and, for a directory, enter) by the permission bits alone; ACLs are not asked. */
export function mayRead(identity: { uid: number; gid: number }, { mode, uid, gid }: Mode): boolean {
  const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
  return ((mode >> shift) & 0o5) === 0o5;
}

/** As `mayRead`, but passing through is enough. */
export function mayEnter(identity: { uid: number; gid: number }, { mode, uid, gid }: Mode): boolean {
  const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
  return ((mode >> shift) & 0o1) === 0o1;
}

/** Whether the account can get to an existing path through every directory above it, and read what is there. */
export async function isReachableBy(account: ServerAccount, path: string): Promise<boolean> {
  const { identity } = account;
  if (identity === null) return true;
  if (!mayRead(identity, await stat(path))) return false;
  return isEnterableBy(account, dirname(path));
}

/** Whether the account can pass through a directory and everything above it. */
export async function isEnterableBy(account: ServerAccount, directory: string): Promise<boolean> {
  const { identity } = account;
  if (identity === null) return true;
  for (let current = directory; ; current = dirname(current)) {
    if (!mayEnter(identity, await stat(current))) return false;
    if (current === dirname(current)) return true;
  }
}
