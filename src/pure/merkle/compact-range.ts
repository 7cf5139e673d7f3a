import { EMPTY_ROOT, nodeHash } from './hashing.js';

/**
 * The right edge of a growing tree: the roots of its complete subtrees, left to right, one for each bit of its size.
 * Enough to append and to tell the root; at most 53 hashes however large the tree.
 */
export class CompactRange {
  readonly #roots: Buffer[];
  #size: number;

  /** An empty tree, or one of `size` leaves given by the roots of its complete subtrees (`subtreeRoots`). */
  constructor(size = 0, roots: readonly Buffer[] = []) {
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Buffer): void {
    let root = leaf;
    // As in binary addition: each trailing one bit of the size is a subtree as high as the one being carried.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) root = nodeHash(this.#roots.pop()!, root);
    this.#roots.push(root);
    this.#size += 1;
  }

  root(): Buffer {
    return foldRight(this.#roots) ?? EMPTY_ROOT;
  }
}

/** The root over subtrees that stand side by side, the higher ones left (RFC 6962 §2.1); undefined when there is none. */
export function foldRight(roots: readonly Buffer[]): Buffer | undefined {
  let accumulated = roots.at(-1);
  for (let i = roots.length - 2; i >= 0; i -= 1) accumulated = nodeHash(roots[i]!, accumulated!);
  return accumulated;
}

/** The root of the tree with these leaf hashes. */
export function rootOfLeaves(leaves: Iterable<Buffer>): Buffer {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range.root();
}
