import type { AutomaticSeal, SealCandidate } from './automatic-seal.js';
import { createRootKeyFile, liesInside, readRootKeyFile } from './root-key-file.js';
import type { SealKey } from './seal-key.js';
import { SealRefusal } from './seal-refusal.js';

export interface RootKeyPlace {
  readonly file: string;
  readonly dataDirectory: string;
  readonly production: boolean;
}

/**
 * The seal key in a file of 32 bytes, 0600, outside of the data. A file is made only where there is none and nothing is
 * wrapped in the database, and never in production; data without its key is never given another.
 *
 * The file is on disk before the database is bound to it: a crash between leaves a key that nothing depends on, which
 * the next start takes. Of two replicas that start at once on one file, one creates it; on two files, the row in
 * `crypto.seal` decides, and the replica with the other file refuses.
 */
export class KeyFileSeal implements AutomaticSeal {
  readonly type = 'key-file';
  readonly wrongKey: string;

  constructor(private readonly place: RootKeyPlace) {
    this.wrongKey = `The root key in ${place.file} is not the one that this database belongs to. Put the right file there, or point ROOT_KEY_FILE at it.`;
  }

  async begin(): Promise<SealCandidate> {
    const { file, production } = this.place;
    await this.refuseInsideData();
    const found = await readRootKeyFile(file);
    if (found !== null) return { key: found, parameters: {} };
    if (production) {
      throw new SealRefusal(`There is no root key file ${file}, and production does not make one. Make it with: (umask 077; head -c 32 /dev/urandom > FILE), keep a copy apart from the data, and set ROOT_KEY_FILE.`);
    }
    await createRootKeyFile(file);
    const made = await readRootKeyFile(file);
    if (made === null) throw new SealRefusal(`The root key file ${file} vanished right after it was made.`);
    return { key: made, parameters: {} };
  }

  async open(): Promise<SealKey> {
    const { file } = this.place;
    await this.refuseInsideData();
    const found = await readRootKeyFile(file);
    if (found !== null) return found;
    throw new SealRefusal(`The root key file ${file} is missing, and this database has data under it. Put the file back from your backup; no new key is made, because it could not open anything.`);
  }

  private async refuseInsideData(): Promise<void> {
    const { file, dataDirectory, production } = this.place;
    if (!production || !(await liesInside(file, dataDirectory))) return;
    throw new SealRefusal(`The root key file ${file} lies inside the data directory ${dataDirectory}: whoever copies the data would have its key. Move it elsewhere and set ROOT_KEY_FILE.`);
  }
}
