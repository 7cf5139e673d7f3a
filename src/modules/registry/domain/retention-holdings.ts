import { subjectPrefixOf, subjectPrefixOfTag } from './evidence.js';
import type { ManifestState } from './manifest-state.js';

/** A manifest as far as it matters to whether it stays. */
export interface RetainableManifest {
  readonly digest: string;
  readonly state: ManifestState;
  readonly isEvidence: boolean;
  readonly isIndex: boolean;
  readonly subject: string | null;
  /** What an index names. It need not be here. */
  readonly parts: readonly string[];
  /** The last time. */
  readonly pushedMillis: number;
  readonly pulledMillis: number | null;
  /** When a tag last left it. */
  readonly untaggedMillis: number | null;
  /** When somebody was last told that it is there, who may have left out its push for it. */
  readonly askedMillis: number | null;
  /** Another one when any of these times or the state has changed. */
  readonly stamp: string;
}

export interface RetainableTag {
  readonly name: string;
  readonly digest: string;
  readonly version: number;
  readonly movedMillis: number;
}

/** What one repository holds, at one instant. */
export interface RetainableRepository {
  readonly name: string;
  readonly manifests: readonly RetainableManifest[];
  readonly tags: readonly RetainableTag[];
}

/** An index holds its parts; a manifest holds what is about it. */
export type Bond = 'part' | 'about';

interface Held {
  readonly digest: string;
  readonly bond: Bond;
}

/** Who holds whom in a repository. */
export class Holdings {
  readonly manifests: ReadonlyMap<string, RetainableManifest>;
  /** Tags that stand for what is about another manifest, with the digest of that one, here or not. */
  readonly beside = new Map<RetainableTag, string>();
  readonly #tags = new Map<string, RetainableTag[]>();
  readonly #held = new Map<string, Held[]>();
  readonly #holders = new Map<string, string[]>();

  constructor({ manifests, tags }: RetainableRepository) {
    this.manifests = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
    for (const { digest, parts, subject } of manifests) {
      for (const part of parts) this.#hold(digest, part, 'part');
      if (subject !== null) this.#hold(subject, digest, 'about');
    }
    const byPrefix = new Map(manifests.map(({ digest }) => [subjectPrefixOf(digest), digest]));
    for (const tag of tags) {
      const { isEvidence, isIndex } = this.manifests.get(tag.digest)!;
      listIn(this.#tags, tag.digest).push(tag);
      const prefix = subjectPrefixOfTag(tag.name);
      // What can be run is an image, whatever its tag says that it is about.
      if (prefix === null || !(isEvidence || isIndex)) continue;
      const about = byPrefix.get(prefix) ?? prefix;
      this.beside.set(tag, about);
      this.#hold(about, tag.digest, 'about');
    }
  }

  #hold(holder: string, digest: string, bond: Bond): void {
    if (holder === digest || !this.manifests.has(holder) || !this.manifests.has(digest)) return;
    listIn(this.#held, holder).push({ digest, bond });
    listIn(this.#holders, digest).push(holder);
  }

  tagsOf(digest: string): readonly RetainableTag[] {
    return this.#tags.get(digest) ?? [];
  }

  heldBy(digest: string): readonly Held[] {
    return this.#held.get(digest) ?? [];
  }

  holdersOf(digest: string): readonly string[] {
    return this.#holders.get(digest) ?? [];
  }

  /** What a manifest is about by its own word or by its tags, here or not. */
  aboutOf({ digest, subject }: RetainableManifest): readonly string[] {
    const byTags = this.tagsOf(digest).map((tag) => this.beside.get(tag) ?? null);
    return [...new Set([subject, ...byTags].filter((about) => about !== null))];
  }

  /** Marks what the marked hold, and what that holds, and so on: of those that `may` be. */
  spread<R>(marked: Map<string, R>, reasons: Readonly<Record<Bond, R>>, may: (digest: string) => boolean): void {
    const open = [...marked.keys()];
    for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
      for (const { digest, bond } of this.heldBy(holder)) {
        if (marked.has(digest) || !may(digest)) continue;
        marked.set(digest, reasons[bond]);
        open.push(digest);
      }
    }
  }

  /** Of an index also when a part of it was pulled: some ask for those alone. */
  pulledMillis(digest: string): number | null {
    const { parts, pulledMillis } = this.manifests.get(digest)!;
    return parts.reduce((latest: number | null, part) => latestOf(latest, this.manifests.get(part)?.pulledMillis ?? null), pulledMillis);
  }
}

function latestOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  if (list.length === 0) lists.set(key, list);
  return list;
}
