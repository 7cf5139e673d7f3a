import { timingSafeEqual } from 'node:crypto';
import { HASH_BYTES, nodeHash } from './hashing.js';

/**
 * Verification of proofs (RFC 9162 §2.1.3.2 and §2.1.4.2, whose trees are those of RFC 6962). Every argument may come
 * from an adversary: a proof that is malformed in any way is refused like one that is wrong, and nothing throws.
 */

/** The root that an inclusion proof leads to; null when the proof has not the shape that index and size demand. */
export function rootFromInclusion(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer | null {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, ...proof])) return null;
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const sibling of proof) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root);
      // A node at the right edge without a sibling rises by itself to where it has one.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      root = nodeHash(root, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? root : null;
}

/** Whether the leaf stands at `index` in the tree of `size` leaves with this root. */
export function verifyInclusion(leaf: Buffer, index: number, size: number, proof: readonly Buffer[], root: Buffer): boolean {
  const computed = rootFromInclusion(leaf, index, size, proof);
  return computed !== null && isSame(computed, root);
}

/**
 * Whether the tree of `oldSize` leaves and `oldRoot` is the beginning of the tree of `size` leaves and `root`.
 * Every tree begins with the empty one, so that from size 0 there is nothing to prove: refused, for the caller to say
 * what it means by it.
 */
export function verifyConsistency(oldSize: number, oldRoot: Buffer, size: number, root: Buffer, proof: readonly Buffer[]): boolean {
  if (!isCount(oldSize) || !isCount(size) || oldSize === 0 || oldSize > size || !areHashes([oldRoot, root, ...proof])) return false;
  if (oldSize === size) return proof.length === 0 && isSame(oldRoot, root);
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  const [seed, ...rest] = path;
  if (seed === undefined) return false;
  let node = oldSize - 1;
  let last = size - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let old = seed;
  let grown = seed;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old);
      grown = nodeHash(sibling, grown);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      grown = nodeHash(grown, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isSame(old, oldRoot) && isSame(grown, root);
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

function areHashes(values: readonly Buffer[]): boolean {
  return values.every((value) => value.length === HASH_BYTES);
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
