import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CompactRange, foldRight, rootOfLeaves } from './compact-range.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './hashing.js';
import { splitPoint, subtreesOf } from './subtree.js';
import { rootFromInclusion, verifyConsistency, verifyInclusion } from './verify.js';

/** MTH as RFC 6962 §2.1 writes it: the definition against which everything that is fast is held. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const k = splitPoint(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D[n]) of §2.1.1. */
function naivePath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = splitPoint(leaves.length);
  return index < k
    ? [...naivePath(index, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(index - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** SUBPROOF(m, D[n], b) of §2.1.2. */
function naiveConsistency(oldSize: number, leaves: readonly Buffer[], isWhole = true): Buffer[] {
  if (oldSize === leaves.length) return isWhole ? [] : [naiveRoot(leaves)];
  const k = splitPoint(leaves.length);
  return oldSize <= k
    ? [...naiveConsistency(oldSize, leaves.slice(0, k), isWhole), naiveRoot(leaves.slice(k))]
    : [...naiveConsistency(oldSize - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}

const LEAVES = Array.from({ length: 64 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));

function flipped(hash: Buffer, bit: number): Buffer {
  const changed = Buffer.from(hash);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

describe('the geometry of a tree', () => {
  it('splits at the largest power of two below the size', () => {
    for (const [size, k] of [[2, 1], [3, 2], [4, 2], [5, 4], [256, 128], [257, 256], [2 ** 40 + 1, 2 ** 40]] as const) assert.equal(splitPoint(size), k);
  });

  it('covers a range by complete subtrees, one for each bit of its length, without gaps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (end) => {
        let at = 0;
        for (const { height, index } of subtreesOf({ start: 0, end })) {
          assert.equal(index * 2 ** height, at);
          at += 2 ** height;
        }
        assert.equal(at, end);
      }),
    );
  });
});

describe('a root', () => {
  it('is that of the definition at every size up to 64', () => {
    const range = new CompactRange();
    for (let size = 0; size <= LEAVES.length; size += 1) {
      const expected = naiveRoot(LEAVES.slice(0, size));
      assert.deepEqual(rootOfLeaves(LEAVES.slice(0, size)), expected);
      assert.deepEqual(range.root(), expected);
      assert.equal(range.size, size);
      if (size < LEAVES.length) range.append(LEAVES[size]!);
    }
  });

  it('changes with any leaf, with their order, and with one more', () => {
    const root = rootOfLeaves(LEAVES.slice(0, 7));
    for (let at = 0; at < 7; at += 1) assert.notDeepEqual(rootOfLeaves(LEAVES.slice(0, 7).with(at, LEAVES[9]!)), root);
    assert.notDeepEqual(rootOfLeaves(LEAVES.slice(0, 7).reverse()), root);
    assert.notDeepEqual(rootOfLeaves(LEAVES.slice(0, 8)), root);
  });

  it('of nothing to fold is nothing, and a node refuses what is no hash', () => {
    assert.equal(foldRight([]), undefined);
    assert.throws(() => nodeHash(LEAVES[0]!, Buffer.alloc(31)), RangeError);
    assert.throws(() => nodeHash(Buffer.alloc(33), LEAVES[0]!), RangeError);
  });
});

describe('an inclusion proof', () => {
  it('of the definition is accepted at every place of every size up to 40', () => {
    for (let size = 1; size <= 40; size += 1) {
      const leaves = LEAVES.slice(0, size);
      const root = naiveRoot(leaves);
      for (let index = 0; index < size; index += 1) assert.ok(verifyInclusion(leaves[index]!, index, size, naivePath(index, leaves), root));
    }
  });

  it('refuses every single flipped bit, in leaf, proof and root', () => {
    for (const [index, size] of [[0, 1], [2, 3], [5, 11], [10, 11], [31, 33]] as const) {
      const leaves = LEAVES.slice(0, size);
      const [root, proof] = [naiveRoot(leaves), naivePath(index, leaves)];
      for (let bit = 0; bit < 256; bit += 1) {
        assert.ok(!verifyInclusion(flipped(leaves[index]!, bit), index, size, proof, root));
        assert.ok(!verifyInclusion(leaves[index]!, index, size, proof, flipped(root, bit)));
        for (const [at, hash] of proof.entries()) assert.ok(!verifyInclusion(leaves[index]!, index, size, proof.with(at, flipped(hash, bit)), root));
      }
    }
  });

  it('refuses any other index, and any other size in which the path would have another shape', () => {
    const leaves = LEAVES.slice(0, 11);
    const [root, proof] = [naiveRoot(leaves), naivePath(5, leaves)];
    for (let index = 0; index < 64; index += 1) if (index !== 5) assert.ok(!verifyInclusion(leaves[5]!, index, 11, proof, root));
    for (const size of [1, 5, 6, 7, 8, 17, 33, 2 ** 40]) assert.ok(!verifyInclusion(leaves[5]!, 5, size, proof, root), String(size));
  });

  it('refuses an index equal to the size, negative, broken or beyond 2^53', () => {
    const root = LEAVES[0]!;
    for (const [index, size] of [[0, 0], [1, 1], [11, 11], [-1, 1], [0.5, 1], [0, 1.5], [Number.NaN, 1], [0, Number.NaN], [0, 2 ** 53], [2 ** 53, 2 ** 54]] as const) {
      assert.equal(rootFromInclusion(root, index, size, []), null, `${index} of ${size}`);
      assert.ok(!verifyInclusion(root, index, size, [], root));
    }
  });

  it('refuses a proof that is longer, shorter, or has a hash of another length', () => {
    const leaves = LEAVES.slice(0, 11);
    const [root, proof] = [naiveRoot(leaves), naivePath(5, leaves)];
    for (const other of [proof.slice(1), proof.slice(0, -1), [...proof, root], [LEAVES[0]!, ...proof], [], proof.with(0, Buffer.alloc(0)), proof.with(0, Buffer.alloc(33))]) {
      assert.ok(!verifyInclusion(leaves[5]!, 5, 11, other, root));
    }
    assert.ok(!verifyInclusion(leaves[5]!, 5, 11, proof, root.subarray(1)));
    assert.ok(!verifyInclusion(Buffer.alloc(0), 5, 11, proof, root));
  });
});

describe('a consistency proof', () => {
  it('of the definition is accepted between all sizes up to 40', () => {
    for (let size = 1; size <= 40; size += 1) {
      const root = naiveRoot(LEAVES.slice(0, size));
      for (let oldSize = 1; oldSize <= size; oldSize += 1) {
        const proof = naiveConsistency(oldSize, LEAVES.slice(0, size));
        assert.ok(verifyConsistency(oldSize, naiveRoot(LEAVES.slice(0, oldSize)), size, root, proof), `${oldSize} to ${size}`);
      }
    }
  });

  it('refuses every single flipped bit, in both roots and the proof', () => {
    for (const [oldSize, size] of [[1, 2], [4, 7], [6, 11], [8, 8], [7, 33]] as const) {
      const [old, root] = [naiveRoot(LEAVES.slice(0, oldSize)), naiveRoot(LEAVES.slice(0, size))];
      const proof = naiveConsistency(oldSize, LEAVES.slice(0, size));
      for (let bit = 0; bit < 256; bit += 1) {
        assert.ok(!verifyConsistency(oldSize, flipped(old, bit), size, root, proof));
        assert.ok(!verifyConsistency(oldSize, old, size, flipped(root, bit), proof));
        for (const [at, hash] of proof.entries()) assert.ok(!verifyConsistency(oldSize, old, size, root, proof.with(at, flipped(hash, bit))));
      }
    }
  });

  it('refuses a history that was rewritten', () => {
    const rewritten = LEAVES.slice(0, 11).with(3, LEAVES[40]!);
    const proof = naiveConsistency(6, rewritten);
    assert.ok(!verifyConsistency(6, naiveRoot(LEAVES.slice(0, 6)), 11, naiveRoot(rewritten), proof));
  });

  it('refuses to go backwards, to start from nothing, and proofs of another length', () => {
    const [old, root] = [naiveRoot(LEAVES.slice(0, 6)), naiveRoot(LEAVES.slice(0, 11))];
    const proof = naiveConsistency(6, LEAVES.slice(0, 11));
    assert.ok(!verifyConsistency(11, root, 6, old, proof));
    assert.ok(!verifyConsistency(0, EMPTY_ROOT, 11, root, []));
    assert.ok(!verifyConsistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, []));
    assert.ok(!verifyConsistency(6, old, 6, old, [root]));
    assert.ok(!verifyConsistency(6.5, old, 11, root, proof));
    for (const other of [proof.slice(1), proof.slice(0, -1), [...proof, root], [old, ...proof], []]) assert.ok(!verifyConsistency(6, old, 11, root, other));
    // A power of two as old size leaves its own root out of the proof.
    const four = naiveRoot(LEAVES.slice(0, 4));
    assert.ok(!verifyConsistency(4, four, 11, root, [four, ...naiveConsistency(4, LEAVES.slice(0, 11))]));
  });
});
