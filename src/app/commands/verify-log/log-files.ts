import { EvidenceError } from './evidence-error.js';

/** The files of a log below its prefix: c2sp.org/tlog-tiles. Paths are made here and never taken from the log. */

export const TILE_HASHES = 256;
export const HASH_BYTES = 32;
/** Each entry after its length in two bytes. */
export const BUNDLE_BYTES_MAX = TILE_HASHES * (2 + 0xffff);

/** `tile/0/x001/234`, `tile/entries/000.p/17`. */
export function pathOf(place: number | 'entries', index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/[0-9]{3}/g)!;
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${place}/${path}${width === TILE_HASHES ? '' : `.p/${width}`}`;
}

/** The entries of a bundle, exactly so many. */
export function entriesOf(bundle: Buffer, width: number, path: string): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (entries.length < width) {
    const end = at + 2 <= bundle.length ? at + 2 + bundle.readUInt16BE(at) : Infinity;
    if (end > bundle.length) throw new EvidenceError(`${path} ends inside an entry`);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (at !== bundle.length) throw new EvidenceError(`${path} has more than its ${width} entries`);
  return entries;
}
