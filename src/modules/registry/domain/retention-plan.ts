import { isEvaluated } from './manifest-state.js';
import { isImmutable, matchesPattern } from './registry-policy.js';
import { Holdings, type RetainableManifest, type RetainableRepository, type RetainableTag } from './retention-holdings.js';
import { nameInProject, type RetentionRule } from './retention-rule.js';
import { DAY_MILLIS, ruleReasons, type RuleReason } from './retention-tags.js';

export interface RetentionTerms {
  readonly rules: readonly RetentionRule[];
  readonly immutableTags: readonly string[];
  /** What was pushed or asked for within it stays: more of the same push may be on its way. */
  readonly graceMillis: number;
  readonly nowMillis: number;
}

/** Why a tag stays: a rule, or what stands above rules; `subject`: it goes with what it is about. */
export type TagKept = RuleReason | 'immutable' | 'state' | 'grace' | 'subject';
/** Why a manifest stays: somebody decided about it, a tag, the grace, no rule or not yet about what has no tag, or what it belongs to. */
export type ManifestKept = 'state' | 'tag' | 'grace' | 'no-rule' | 'untagged-within' | 'index' | 'subject';
/** Why it goes: the last of its tags does, nothing has held it for long, or what it belongs to goes. */
export type ManifestDoomed = 'tags-expired' | 'untagged' | 'index' | 'subject';

export interface DoomedTag {
  readonly name: string;
  readonly digest: string;
  readonly version: number;
  /** Of the manifest that it points to. */
  readonly stamp: string;
  /** The rules let it go; else it goes only with the manifest that it points to. */
  readonly isExpired: boolean;
}

export interface DoomedManifest {
  readonly digest: string;
  readonly stamp: string;
  readonly reason: ManifestDoomed;
  readonly about: readonly string[];
}

/** What goes in one transaction: an image with all that is of no use without it, or a tag alone. */
export interface DoomedUnit {
  readonly tags: readonly DoomedTag[];
  readonly manifests: readonly DoomedManifest[];
}

export interface RetentionPlan {
  readonly keptTags: ReadonlyMap<string, TagKept>;
  readonly keptManifests: ReadonlyMap<string, ManifestKept>;
  /** In an order in which nothing goes while what it belongs to stays. */
  readonly units: readonly DoomedUnit[];
}

/** Of every tag: why it stays, null when the rules let it go. */
type TagVerdicts = ReadonlyMap<RetainableTag, TagKept | null>;

const BY_BOND = { part: 'index', about: 'subject' } as const;

/**
 * What stays in a repository and why, and what goes. What stays of itself keeps all that it holds; what goes is what a
 * rule has let go, with all that nothing else holds. What no rule speaks of stays.
 */
export function planRetention(repository: RetainableRepository, all: RetentionTerms): RetentionPlan {
  const inProject = nameInProject(repository.name);
  const terms = { ...all, rules: all.rules.filter(({ repositories }) => repositories.some((pattern) => matchesPattern(pattern, inProject))) };
  const holdings = new Holdings(repository);
  const tags = tagVerdicts(repository.tags, holdings, terms);
  const kept = new Map<string, ManifestKept>();
  const doomed = new Map<string, ManifestDoomed>();
  for (const manifest of repository.manifests) {
    const verdict = ownVerdict(manifest, holdings, tags, terms);
    if (verdict?.kept !== undefined) kept.set(manifest.digest, verdict.kept);
    else if (verdict !== null) doomed.set(manifest.digest, verdict.doomed);
  }
  holdings.spread(kept, BY_BOND, () => true);
  for (const digest of kept.keys()) doomed.delete(digest);
  holdings.spread(doomed, BY_BOND, (digest) => !kept.has(digest));
  // What hangs together in a ring, by tags that name each other, and was let go by nobody.
  for (const { digest } of repository.manifests) if (!kept.has(digest) && !doomed.has(digest)) kept.set(digest, 'no-rule');
  holdings.spread(kept, BY_BOND, () => true);
  for (const digest of kept.keys()) doomed.delete(digest);
  const keptTags = new Map([...tags].flatMap(([{ name, digest }, verdict]) => (verdict === null || doomed.has(digest) ? [] : [[name, verdict] as const])));
  return { keptTags, keptManifests: kept, units: unitsOf(repository, holdings, tags, doomed) };
}

function tagVerdicts(tags: readonly RetainableTag[], holdings: Holdings, terms: RetentionTerms): TagVerdicts {
  const ordinary = tags.filter((tag) => !holdings.beside.has(tag)).map((tag) => ({ ...tag, pushedMillis: pushedMillis(holdings, tag), pulledMillis: holdings.pulledMillis(tag.digest) }));
  const ruled = ruleReasons(ordinary, terms.rules, terms.nowMillis);
  const verdict = (tag: RetainableTag): TagKept | null => {
    if (isImmutable(terms, tag.name)) return 'immutable';
    if (!isEvaluated(holdings.manifests.get(tag.digest)!.state)) return 'state';
    if (terms.nowMillis - pushedMillis(holdings, tag) < terms.graceMillis) return 'grace';
    return holdings.beside.has(tag) ? 'subject' : ruled.get(tag.name)!;
  };
  return new Map(tags.map((tag) => [tag, verdict(tag)]));
}

/** The same image pushed again under the same name moves no tag, and was pushed all the same. */
function pushedMillis(holdings: Holdings, { digest, movedMillis }: RetainableTag): number {
  return Math.max(movedMillis, holdings.manifests.get(digest)!.pushedMillis);
}

type OwnVerdict = { readonly kept: ManifestKept; readonly doomed?: never } | { readonly doomed: ManifestDoomed; readonly kept?: never };

/**
 * What becomes of a manifest by itself; null when that is for those that hold it to say. What somebody has answered for, or
 * revoked, is theirs: a revoked one that was deleted could be pushed again, and would be given out.
 */
function ownVerdict(manifest: RetainableManifest, holdings: Holdings, tags: TagVerdicts, terms: RetentionTerms): OwnVerdict | null {
  const verdicts = holdings.tagsOf(manifest.digest).map((tag) => tags.get(tag) ?? null);
  if (!isEvaluated(manifest.state)) return { kept: 'state' };
  if (isYoung(manifest, terms) || isBeingSpokenOf(manifest, holdings, terms)) return { kept: 'grace' };
  if (verdicts.some((verdict) => verdict !== null && verdict !== 'subject')) return { kept: 'tag' };
  if (verdicts.includes(null)) return { doomed: 'tags-expired' };
  return holdings.holdersOf(manifest.digest).length > 0 ? null : untaggedVerdict(manifest, terms);
}

function untaggedVerdict({ pushedMillis: pushed, pulledMillis, untaggedMillis }: RetainableManifest, { rules, nowMillis }: RetentionTerms): OwnVerdict {
  const days = rules.flatMap(({ untaggedAfterDays }) => untaggedAfterDays ?? []);
  if (days.length === 0) return { kept: 'no-rule' };
  const idleMillis = nowMillis - Math.max(pushed, pulledMillis ?? pushed, untaggedMillis ?? pushed);
  return idleMillis < Math.max(...days) * DAY_MILLIS ? { kept: 'untagged-within' } : { doomed: 'untagged' };
}

function isYoung({ pushedMillis: pushed, askedMillis }: RetainableManifest, { nowMillis, graceMillis }: RetentionTerms): boolean {
  return nowMillis - Math.max(pushed, askedMillis ?? pushed) < graceMillis;
}

/** Somebody has just signed it, or is doing so. */
function isBeingSpokenOf({ digest }: RetainableManifest, holdings: Holdings, terms: RetentionTerms): boolean {
  return holdings.heldBy(digest).some((held) => held.bond === 'about' && isYoung(holdings.manifests.get(held.digest)!, terms));
}

/**
 * What goes and is held by nothing that goes is the head of a unit. What several heads hold goes with the last of them: what
 * is left when a run is cut off is still held by something that the next one lets go.
 */
function unitsOf({ manifests }: RetainableRepository, holdings: Holdings, tags: TagVerdicts, doomed: ReadonlyMap<string, ManifestDoomed>): readonly DoomedUnit[] {
  const oldestFirst = manifests.filter(({ digest }) => doomed.has(digest)).sort((a, b) => a.pushedMillis - b.pushedMillis);
  const heads = oldestFirst.filter(({ digest }) => !holdings.holdersOf(digest).some((holder) => doomed.has(holder)));
  const claimed = new Set<string>();
  const groups = heads.reverse().map(({ digest: head }) => {
    const group = new Map([[head, true]]);
    holdings.spread(group, { part: true, about: true }, (digest) => doomed.has(digest) && !claimed.has(digest));
    for (const digest of group.keys()) claimed.add(digest);
    return [...group.keys()];
  });
  const ring = oldestFirst.filter(({ digest }) => !claimed.has(digest)).map(({ digest }) => digest);
  const doomedTag = (tag: RetainableTag): DoomedTag => ({ name: tag.name, digest: tag.digest, version: tag.version, stamp: holdings.manifests.get(tag.digest)!.stamp, isExpired: tags.get(tag) === null });
  const unitOf = (digests: readonly string[]): DoomedUnit => ({
    tags: digests.flatMap((digest) => holdings.tagsOf(digest)).map(doomedTag),
    manifests: digests.map((digest) => ({ digest, stamp: holdings.manifests.get(digest)!.stamp, reason: doomed.get(digest)!, about: holdings.aboutOf(holdings.manifests.get(digest)!) })),
  });
  const alone = [...tags].flatMap(([tag, verdict]) => (verdict !== null || doomed.has(tag.digest) ? [] : [{ tags: [doomedTag(tag)], manifests: [] }]));
  return [...alone, ...groups.reverse().map(unitOf), ...(ring.length === 0 ? [] : [unitOf(ring)])];
}
