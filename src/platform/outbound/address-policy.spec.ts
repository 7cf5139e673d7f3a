import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressPolicy, isPublicAddress } from './address-policy.js';

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'unspecified': ['0.0.0.0', '0.1.2.3', '::'],
  'loopback': ['127.0.0.1', '127.255.255.254', '::1'],
  'private': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'link-local and cloud metadata': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'],
  'multicast and broadcast': ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  'reserved': ['240.0.0.1', '192.0.0.1', '192.88.99.1', '100::1', '4000::1', 'fec0::1'],
  'documentation': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'benchmarking': ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'IPv4 mapped into IPv6': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '0:0:0:0:0:ffff:a9fe:a9fe', '::FFFF:8.8.8.8'],
  'IPv4 in other forms of IPv6': ['::127.0.0.1', '::7f00:1', '64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2002:a00:1::1', '2001:0:7f00:1::'],
  'no address at all': ['', 'localhost', '127.1', '0x7f000001', '8.8.8.8 ', '[::1]', '1.2.3.4.5'],
};

describe('addresses that strangers may have us connect to', () => {
  for (const [what, addresses] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(addresses.filter((address) => isPublicAddress(address) || new AddressPolicy([]).permits(address)), []);
    });
  }

  it('permits the public internet', () => {
    const open = ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '2606:4700:4700::1111', '2a00:1450::1', '2001:4860:4860::8888'];
    assert.deepEqual(open.filter((address) => !isPublicAddress(address)), []);
  });

  it('permits what the operator has listed, in either notation, and nothing beside it', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32']);
    assert.deepEqual(['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', 'fd00:1::5', '8.8.8.8'].filter((address) => !policy.permits(address)), []);
    assert.deepEqual(['10.2.0.1', '127.0.0.2', '::1', '::ffff:10.2.0.1', 'fd00:2::5', 'fd00:1::5%eth0', 'localhost'].filter((address) => policy.permits(address)), []);
  });
});
