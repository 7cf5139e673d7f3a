import { timingSafeEqual } from 'node:crypto';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { RootKeyCheckRepository } from './persistence/root-key-check.repository.js';
import type { RootKey } from './root-key.js';
import { createRootKeyFile, liesInside, readRootKeyFile, RootKeyRefusal } from './root-key-file.js';

export interface RootKeyPlace {
  readonly file: string;
  readonly dataDirectory: string;
  readonly production: boolean;
}

const SYSTEM = systemPrincipal('root-key');

/**
 * Opens the root key that this database belongs to, or refuses to start. A key is made only where neither the file
 * nor anything wrapped in the database exists, and never in production; data without its key is never given another.
 *
 * The file is on disk before the database is bound to it: a crash between leaves a key that nothing depends on, which
 * the next start takes. Of two replicas that start at once on one file, one creates it; on two files, the row in
 * `crypto.root_key_check` decides, and the replica with the other file refuses. `recordBinding` runs in the transaction
 * that binds: neither stands without the other.
 */
export async function openRootKey(place: RootKeyPlace, uow: UnitOfWork, checks: RootKeyCheckRepository, recordBinding: (tx: Tx) => Promise<void>): Promise<RootKey> {
  const { file } = place;
  if (place.production && (await liesInside(file, place.dataDirectory))) {
    throw new RootKeyRefusal(
      `The root key file ${file} lies inside the data directory ${place.dataDirectory}: whoever copies the data would have its key. Move it elsewhere and set ROOT_KEY_FILE.`,
    );
  }
  const { bound, hasKeys } = await uow.run(SYSTEM, async (tx) => ({ bound: await checks.find(tx), hasKeys: await checks.hasKeys(tx) }));
  if (bound === null && hasKeys) {
    throw new RootKeyRefusal('The database has wrapped keys but not the value by which it recognises their root key. Restore crypto.root_key_check from a backup.');
  }
  const root = await readRootKeyFile(file);
  if (bound !== null) return recognised(root, bound, file);
  const candidate = root ?? (await createdAt(place));
  const now = await uow.run(SYSTEM, async (tx) => {
    const { checkValue, isNew } = await checks.bind(tx, candidate.checkValue());
    if (isNew) await recordBinding(tx);
    return checkValue;
  });
  return recognised(candidate, now, file);
}

function recognised(root: RootKey | null, bound: Buffer, file: string): RootKey {
  if (root === null) {
    throw new RootKeyRefusal(`The root key file ${file} is missing, and this database has data under it. Put the file back from your backup; no new key is made, because it could not open anything.`);
  }
  if (!timingSafeEqual(root.checkValue(), bound)) {
    throw new RootKeyRefusal(`The root key in ${file} is not the one that this database belongs to. Put the right file there, or point ROOT_KEY_FILE at it.`);
  }
  return root;
}

async function createdAt({ file, production }: RootKeyPlace): Promise<RootKey> {
  if (production) {
    throw new RootKeyRefusal(`There is no root key file ${file}, and production does not make one. Make it with: (umask 077; head -c 32 /dev/urandom > FILE), keep a copy apart from the data, and set ROOT_KEY_FILE.`);
  }
  await createRootKeyFile(file);
  const root = await readRootKeyFile(file);
  if (root === null) throw new RootKeyRefusal(`The root key file ${file} vanished right after it was made.`);
  return root;
}
