import type { DoomedManifest, DoomedTag, ManifestDoomed, ManifestKept, RetentionPlan, TagKept } from './retention-plan.js';

/** Of what goes so many are told one by one, those of the first repositories; all are counted, and the ledger has an entry for each that went. */
const TOLD_MAX = 200;

export type KeptCount = { readonly what: 'tag' | 'manifest'; readonly reason: TagKept | ManifestKept; readonly count: number };

/** A tag, or a manifest: then `tag` is null. */
export type ToldDeletion = { readonly repository: string; readonly tag: string | null; readonly digest: string; readonly reason: 'expired' | ManifestDoomed };

/** What a run has taken away, or would, and why the rest is there. Counts unless said. */
export interface RetentionReport {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  readonly keptTags: number;
  readonly keptManifests: number;
  /** Tags and manifests that were to go, and were touched while the run looked at others. */
  readonly leftAlone: number;
  /** It ended before it came to the end: another one goes on. */
  readonly more: boolean;
  /** By what was kept, and why. */
  readonly kept: readonly KeptCount[];
  readonly deleted: readonly ToldDeletion[];
}

/** What goes of a repository, in one transaction or by a plan. */
export interface Going {
  readonly tags: readonly DoomedTag[];
  readonly manifests: readonly DoomedManifest[];
}

/** Adds up a run. */
export class RetentionTally {
  #repositories = 0;
  #tags = 0;
  #manifests = 0;
  #leftAlone = 0;
  readonly #kept = new Map<string, KeptCount>();
  readonly #deleted: ToldDeletion[] = [];

  planned({ keptTags, keptManifests }: RetentionPlan): void {
    this.#repositories += 1;
    for (const reason of keptTags.values()) this.#keep('tag', reason);
    for (const reason of keptManifests.values()) this.#keep('manifest', reason);
  }

  gone(repository: string, { tags, manifests }: Going): void {
    this.#tags += tags.length;
    this.#manifests += manifests.length;
    const reasons = new Map(manifests.map(({ digest, reason }) => [digest, reason]));
    for (const { name, digest, isExpired } of tags) this.#tell({ repository, tag: name, digest, reason: isExpired ? 'expired' : reasons.get(digest)! });
    for (const { digest, reason } of manifests) this.#tell({ repository, tag: null, digest, reason });
  }

  leftAlone(count: number): void {
    this.#leftAlone += count;
  }

  report(more: boolean): RetentionReport {
    const kept = [...this.#kept.values()].sort((a, b) => b.count - a.count);
    const sumOf = (wanted: string): number => kept.reduce((sum, { what, count }) => sum + (what === wanted ? count : 0), 0);
    return {
      repositories: this.#repositories,
      tags: this.#tags,
      manifests: this.#manifests,
      keptTags: sumOf('tag'),
      keptManifests: sumOf('manifest'),
      leftAlone: this.#leftAlone,
      more,
      kept,
      deleted: this.#deleted,
    };
  }

  #keep(what: KeptCount['what'], reason: KeptCount['reason']): void {
    const key = `${what} ${reason}`;
    this.#kept.set(key, { what, reason, count: (this.#kept.get(key)?.count ?? 0) + 1 });
  }

  #tell(deletion: ToldDeletion): void {
    if (this.#deleted.length < TOLD_MAX) this.#deleted.push(deletion);
  }
}
