/** Of an upload: both ends are part of it, counted from 0. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const CHUNK = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})$/;

/**
 * `Content-Range` of a chunk, which OCI writes without unit and total: `0-1023` (end-5). Some clients send HTTP's unit
 * all the same. Null for what is none, and for one that ends before it begins.
 */
export function parseChunkRange(header: string): ByteRange | null {
  const match = CHUNK.exec(header);
  if (match === null) return null;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return last < first ? null : { first, last };
}

/** `Range` of an answer about an upload: what has been received so far. OCI has no way to write none, so that is `0-0`. */
export function formatReceived(receivedBytes: number): string {
  return `0-${Math.max(0, receivedBytes - 1)}`;
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * RFC 9110 §14.1.2, of one range over `sizeBytes`. Null: the whole is sent, as of several ranges, of other units, and of what is no range
 * (§14.2: what cannot be understood is ignored). `unsatisfiable`: 416.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const match = header === undefined ? null : RANGE.exec(header);
  if (match === null) return null;
  const [from, to] = [match[1]!, match[2]!];
  if (from === '') {
    if (to === '') return null;
    const suffix = Number(to);
    return suffix === 0 || sizeBytes === 0 ? 'unsatisfiable' : { first: Math.max(0, sizeBytes - suffix), last: sizeBytes - 1 };
  }
  const first = Number(from);
  // §14.1.1: such a range is not valid. What asks for it is a client in error, which 416 tells and the whole blob would not.
  if (to !== '' && Number(to) < first) return 'unsatisfiable';
  if (first >= sizeBytes) return 'unsatisfiable';
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
