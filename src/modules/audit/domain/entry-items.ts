import type { JsonObject } from '#pure/canonical-json/json-value.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { HASH_BYTES, leafHash } from '#pure/merkle/hashing.js';

/** What is stored of an event. */
export interface ComposedEntry {
  readonly body: Buffer;
  /** The digests of its items, one after another, where the body has only their root; else null. */
  readonly items: Buffer | null;
}

/** In hex, with its quotes and a comma. */
const WRITTEN_BYTES = 2 * HASH_BYTES + 3;

/** The members of a body that names every item; null for more than could ever stand in so many bytes. */
export function inBody(items: readonly Buffer[], bytesMax: number): JsonObject | null {
  for (const item of items) if (item.length !== HASH_BYTES) throw new RangeError(`the digest of an item has ${HASH_BYTES} bytes, not ${item.length}`);
  if (items.length * WRITTEN_BYTES > bytesMax) return null;
  return items.length === 0 ? {} : { items: items.map((item) => item.toString('hex')) };
}

/** The members of a body that names the items by their root: RFC 6962 §2.1, each digest a leaf, in the order of the items. */
export function rootInBody(items: readonly Buffer[], root: Buffer = itemsRoot(items)): JsonObject {
  return { itemsCount: items.length, itemsRoot: root.toString('hex') };
}

export function itemsRoot(items: readonly Buffer[]): Buffer {
  return rootOfLeaves(items.map(leafHash));
}
