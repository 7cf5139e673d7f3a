import { BlockList, isIP } from 'node:net';

/** IPv4 that is not on the public internet, or that nobody may be reached at: the registry of RFC 6890. */
const CLOSED_IPV4 = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and the metadata of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const;

/**
 * IPv6 is public in 2000::/3 alone: that leaves out loopback, unspecified, unique local, link-local, multicast, and the
 * forms that carry an IPv4 address in them (mapped, compatible, NAT64), which would lead around the list above.
 */
const OPEN_IPV6 = ['2000::', 3] as const;
const CLOSED_IPV6 = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3fff::', 20], // documentation
] as const;

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, family);
  return list;
}

const CLOSED_4 = listOf(CLOSED_IPV4, 'ipv4');
const OPEN_6 = listOf([OPEN_IPV6], 'ipv6');
const CLOSED_6 = listOf(CLOSED_IPV6, 'ipv6');

/** Whether an address, in any notation of RFC 4291, is one of the public internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of ours.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !CLOSED_4.check(address, 'ipv4');
  return family === 6 && OPEN_6.check(address, 'ipv6') && !CLOSED_6.check(address, 'ipv6');
}

/** Which addresses strangers may have us connect to: public ones, and those that the operator has listed. */
export class AddressPolicy {
  private readonly listed = new BlockList();

  /** @param networks addresses and CIDR blocks, as the configuration has checked them. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.listed.addAddress(address, family);
      else this.listed.addSubnet(address, Number(prefix), family);
    }
  }

  permits(address: string): boolean {
    if (isPublicAddress(address)) return true;
    const family = isIP(address);
    return family !== 0 && !address.includes('%') && this.listed.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}
