import type { DoomedUnit } from './retention-plan.js';
import type { Going } from './retention-report.js';

/** What is around those that are to go, as it is now and while nobody else can change it. */
export interface Surroundings {
  /** Of the manifests that are held: one that somebody else holds is left to them. */
  readonly stamps: ReadonlyMap<string, string>;
  /** Versions of the tags that are held. */
  readonly tagVersions: ReadonlyMap<string, number>;
  /** All tags that point to a manifest that is to go, held or not. */
  readonly tags: readonly { readonly name: string; readonly digest: string }[];
  readonly indexes: readonly { readonly part: string; readonly index: string }[];
  /** What is about those that are to go, by its own word or by a tag. */
  readonly referrers: readonly { readonly about: string; readonly digest: string }[];
  /** Of what those that are to go are about: what is there. */
  readonly there: ReadonlySet<string>;
}

/**
 * What of a batch still goes. A manifest that was pushed, pulled, tagged, named, released or spoken of since the plan stays, and
 * with it all that it holds. `known` are the manifests that the plan has seen.
 */
export function settle(units: readonly DoomedUnit[], now: Surroundings, known: ReadonlySet<string>): Going {
  const tags = units.flatMap((unit) => unit.tags).filter(({ name, digest, version, stamp }) => now.tagVersions.get(name) === version && now.stamps.get(digest) === stamp);
  const tagNames = new Set(tags.map(({ name }) => name));
  const going = new Map(units.flatMap((unit) => unit.manifests).filter(({ digest, stamp }) => now.stamps.get(digest) === stamp).map((manifest) => [manifest.digest, manifest]));
  for (const { name, digest } of now.tags) if (!tagNames.has(name)) going.delete(digest);
  for (const { about, digest } of now.referrers) if (!known.has(digest)) going.delete(about);
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const { part, index } of now.indexes) if (!going.has(index)) going.delete(part);
    for (const { digest, about } of going.values()) if (about.some((subject) => now.there.has(subject) && !going.has(subject))) going.delete(digest);
  }
  return { tags: tags.filter(({ digest, isExpired }) => isExpired || going.has(digest)), manifests: [...going.values()] };
}

/** Units together, each whole, until there are so many things in one. */
export function* batchesOf(units: readonly DoomedUnit[], most: number): Generator<readonly DoomedUnit[]> {
  let batch: DoomedUnit[] = [];
  let size = 0;
  for (const unit of units) {
    const more = unit.tags.length + unit.manifests.length;
    if (batch.length > 0 && size + more > most) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(unit);
    size += more;
  }
  if (batch.length > 0) yield batch;
}
