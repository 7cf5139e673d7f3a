import { isIPv4, isIPv6 } from 'node:net';

/** Whatever a proxy wrote instead of an address is one source: by its own words, everybody would be as many as they like. */
export const UNKNOWN_SOURCE = 'unknown';

/**
 * The network that an address is counted as: an IPv4 address by itself, an IPv6 address by its /64, because that is
 * what one subscriber is given (RFC 6177) and counting single addresses would count nothing. IPv4 addresses written as
 * IPv6 (`::ffff:192.0.2.1`, which dual-stack sockets report) are counted as IPv4.
 */
export function sourceKeyOf(address: string): string {
  const bare = withoutPort(address).split('%', 1)[0]!.toLowerCase();
  if (!isIPv6(bare)) return isIPv4(bare) ? bare : UNKNOWN_SOURCE;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (mapped !== null) return mapped[1]!;
  const groups = groupsOf(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `${groups[6]! >> 8}.${groups[6]! & 255}.${groups[7]! >> 8}.${groups[7]! & 255}`;
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`;
}

/** There are proxies that write `192.0.2.1:50123` and `[2001:db8::1]:50123`, another port for each connection. */
function withoutPort(address: string): string {
  const match = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(address);
  return match === null ? address : (match[1] ?? match[2]!);
}

/** The eight groups of a valid IPv6 address; an embedded dotted quad counts as two. */
function groupsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted === null ? address : `${dotted[1]!}${((+dotted[2]! << 8) | +dotted[3]!).toString(16)}:${((+dotted[4]! << 8) | +dotted[5]!).toString(16)}`;
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return parse(head);
  const before = parse(head);
  const after = parse(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
