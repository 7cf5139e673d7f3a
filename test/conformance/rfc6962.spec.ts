import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompactRange, rootOfLeaves } from '#pure/merkle/compact-range.js';
import { EMPTY_ROOT, leafHash, nodeHash } from '#pure/merkle/hashing.js';
import { consistencyProof, inclusionProof } from '#pure/merkle/proof.js';
import { readerOf } from '#pure/merkle/tile.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { rootFromInclusion, verifyConsistency, verifyInclusion } from '#pure/merkle/verify.js';
import { CONSISTENCY, INCLUSION, type Probe, STRINGS } from './rfc6962-vectors.js';

const bytesOf = (index: number): Buffer => Buffer.from(STRINGS[index]!, 'base64');

describe('RFC 6962 §2.1: hashes of the published tree of eight leaves', () => {
  const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  /** By tree size, from 0. */
  const ROOTS = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  const leaves = ENTRIES.map((hex) => leafHash(Buffer.from(hex, 'hex')));

  it('has the published root at every size', () => {
    const range = new CompactRange();
    for (const [size, root] of ROOTS.entries()) {
      assert.equal(rootOfLeaves(leaves.slice(0, size)).toString('hex'), root);
      assert.equal(range.root().toString('hex'), root);
      if (size < leaves.length) range.append(leaves[size]!);
    }
    assert.equal(EMPTY_ROOT.toString('hex'), ROOTS[0]);
  });

  it('keeps leaves and nodes apart', () => {
    assert.equal(leaves[3]!.toString('hex'), '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7');
    assert.equal(nodeHash(leaves[2]!, leaves[3]!).toString('hex'), '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e');
    assert.notDeepEqual(leafHash(Buffer.concat([leaves[2]!, leaves[3]!])), nodeHash(leaves[2]!, leaves[3]!));
  });

  it('makes the published proofs (§2.1.1 and §2.1.2) from tiles', () => {
    const { tiles } = newTilesFor(0, leaves, readerOf([]));
    const reader = readerOf(tiles);
    let made = 0;
    for (const [name, mustVerify, first, size, , , proof] of [...INCLUSION, ...CONSISTENCY]) {
      if (!mustVerify || !/^[0-9]\/happy-path$/.test(name) || size > 8) continue;
      const generate = INCLUSION.some((probe) => probe[6] === proof) ? inclusionProof : consistencyProof;
      assert.deepEqual(generate(first, size, reader), proof.map(bytesOf), name);
      made += 1;
    }
    assert.ok(made >= 8, `${made} published proofs`);
  });
});

describe('RFC 6962 proofs: the vectors of transparency-dev/merkle', () => {
  /** It would have any two equal roots be consistent, even ones that are no hashes; ours are 32 bytes or refused. */
  const STRICTER = 'additional/sizes-are-equal-one-and-proof-is-empty';

  const verdict = (verify: (...args: [Buffer, number, number, Buffer[], Buffer]) => boolean, probe: Probe): boolean => {
    const [, , first, second, a, b, proof] = probe;
    return verify(bytesOf(a), first, second, proof.map(bytesOf), bytesOf(b));
  };

  it(`answers all ${INCLUSION.length} inclusion vectors as published`, () => {
    for (const probe of INCLUSION) assert.equal(verdict(verifyInclusion, probe), probe[1], probe[0]);
  });

  it(`answers all ${CONSISTENCY.length} consistency vectors as published, but one in which the roots are no hashes`, () => {
    const verify = (old: Buffer, oldSize: number, size: number, proof: Buffer[], root: Buffer): boolean =>
      verifyConsistency(oldSize, old, size, root, proof);
    for (const probe of CONSISTENCY) {
      assert.equal(verdict(verify, probe), probe[0] === STRICTER ? false : probe[1], probe[0]);
    }
  });

  it('refuses every single flipped bit of a published proof', () => {
    for (const [name, mustVerify, index, size, leaf, root, proof] of INCLUSION) {
      if (!mustVerify) continue;
      for (let at = 0; at < proof.length; at += 1) {
        for (let bit = 0; bit < 256; bit += 1) {
          const hashes = proof.map(bytesOf);
          hashes[at]![bit >> 3]! ^= 1 << (bit & 7);
          assert.notDeepEqual(rootFromInclusion(bytesOf(leaf), index, size, hashes), bytesOf(root), name);
        }
      }
    }
  });
});
