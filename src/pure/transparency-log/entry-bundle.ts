import { LogFormatError } from './log-format-error.js';

/** Entry bundles of c2sp.org/tlog-tiles: up to 256 entries, each after its length as a big-endian uint16. */

/** What the length field can say. The ledger's own limit is lower. */
export const ENTRY_BYTES_MAX = 65_535;

export function formatEntryBundle(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) throw refusal(`an entry has at most ${ENTRY_BYTES_MAX} bytes`);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/** The entries of a bundle. Throws LogFormatError when it ends inside one. */
export function parseEntryBundle(bundle: Uint8Array): Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) throw refusal('it ends inside a length');
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) throw refusal('it ends inside an entry');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

function refusal(message: string): LogFormatError {
  return new LogFormatError('entry-bundle-malformed', `an entry bundle is malformed: ${message}`);
}
