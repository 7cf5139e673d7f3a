/** Networks in CIDR notation (RFC 4632, RFC 4291 §2.3), IPv4 and IPv6. An IPv4-mapped IPv6 address is the IPv4 address. */

/** An address (4 or 16 bytes) and how many of its first bits are the network's. */
export interface Network {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** The test whether a text is an address inside the network; null when the network is not one. */
export function cidrTest(text: string): ((text: string) => boolean) | null {
  const network = networkIn(text);
  if (network === null) return null;
  return (candidate) => {
    const bytes = addressBytes(candidate);
    return bytes !== null && isInside(network, bytes);
  };
}

/** An address without a length is the network of itself alone. */
export function networkIn(text: string): Network | null {
  const [address = '', length, ...more] = text.split('/');
  const bytes = addressBytes(address);
  if (bytes === null || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return null;
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  return bits > bytes.length * 8 ? null : { bytes, bits };
}

export function isInside({ bytes, bits }: Network, address: readonly number[]): boolean {
  return address.length === bytes.length && sharePrefix(bytes, address, bits);
}

function sharePrefix(one: readonly number[], other: readonly number[], bits: number): boolean {
  for (let at = 0; at * 8 < bits; at += 1) {
    const unshared = Math.max(0, 8 - (bits - at * 8));
    if (one[at]! >> unshared !== other[at]! >> unshared) return false;
  }
  return true;
}

/** Null for what is no address. */
export function addressBytes(text: string): number[] | null {
  const bytes = text.includes(':') ? v6Bytes(text) : v4Bytes(text);
  const isMapped = bytes?.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

function v4Bytes(text: string): number[] | null {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256) ? parts.map(Number) : null;
}

function v6Bytes(text: string): number[] | null {
  if (text.length > 45) return null;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return null;
  const [before, after] = [groupBytes(head), tail === undefined ? [] : groupBytes(tail)];
  if (before === null || after === null) return null;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function groupBytes(text: string): number[] | null {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes = groups.map((group, at) => {
    if (at === groups.length - 1 && group.includes('.')) return v4Bytes(group);
    return /^[0-9a-f]{1,4}$/i.test(group) ? [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255] : null;
  });
  return bytes.includes(null) ? null : bytes.flatMap((pair) => pair ?? []);
}
