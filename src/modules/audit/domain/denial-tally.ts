import type { Principal } from '#pure/principal/principal.js';
import { DistinctSample } from './distinct-sample.js';

/** Who is refused: a principal, or whoever comes from one network, by the digest of it. */
export interface DenialActor {
  readonly principal: Principal | null;
  /** Digest of the network. Of a stranger it is all that tells one from another. */
  readonly source: string | null;
}

/** What is alike in all denials of a group, beside the actor. */
export interface DenialMatter {
  readonly route: string;
  readonly code: string;
  readonly status: number;
  readonly permission: string | null;
  readonly suspicion: string | null;
}

/** Denials of a minute that are told as one. `matter` null: of many routes; `actor` null: of many actors too. */
export interface DenialGroup {
  readonly pool: DenialPool;
  readonly actor: DenialActor | null;
  readonly matter: DenialMatter | null;
  readonly count: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** Keyed digests of the targets, a sample; and how many distinct ones there were. */
  readonly targets: readonly string[];
  readonly targetsTotal: number;
}

/** Counted apart, so that no flood from outside can hide what somebody with an account tries. */
export type DenialPool = 'principal' | 'stranger';

/**
 * Groups of one actor, and of one pool, in a minute. What exceeds the first is told as one group of the actor; what
 * exceeds the second as one group of the pool. So a minute makes at most 2 × 257 groups of two entries each, one of a
 * kilobyte and one of 2.3: a flood of any size costs less than two megabytes a minute. Memory: 514 groups of 6 KB.
 */
const ACTOR_GROUPS_MAX: Readonly<Record<DenialPool, number>> = { principal: 32, stranger: 8 };
const POOL_GROUPS_MAX = 256;

interface OpenGroup {
  readonly pool: DenialPool;
  readonly matter: DenialMatter | null;
  actor: DenialActor | null;
  count: number;
  firstMillis: number;
  lastMillis: number;
  targets: DistinctSample;
}

/**
 * The denials of one minute, by actor and matter. The first of each group is handed back, to be told at once; the
 * others are counted.
 */
export class DenialTally {
  readonly #groups = new Map<string, OpenGroup>();
  readonly #actors = new Map<string, number>();
  readonly #pools: Record<DenialPool, number> = { principal: 0, stranger: 0 };

  /** The group that begins with this denial, which it alone is in; null when it was counted to one that had begun. */
  note(actor: DenialActor, matter: DenialMatter, target: string, nowMillis: number): DenialGroup | null {
    const { key, ...place } = this.#placeOf(actor, matter);
    const known = this.#groups.get(key);
    if (known !== undefined) {
      count(known, actor, target, nowMillis);
      return null;
    }
    const group: OpenGroup = { ...place, count: 0, firstMillis: nowMillis, lastMillis: nowMillis, targets: new DistinctSample() };
    this.#groups.set(key, group);
    const targets = [target];
    return { ...place, actor: place.actor, count: 1, firstMillis: nowMillis, lastMillis: nowMillis, targets, targetsTotal: 1 };
  }

  /** What was counted beyond the first of each group. */
  rest(): readonly DenialGroup[] {
    return [...this.#groups.values()].filter((group) => group.count > 0).map(({ targets, ...group }) => ({ ...group, targets: targets.values, targetsTotal: targets.total }));
  }

  /** The group that it belongs to, and its room is taken. */
  #placeOf(actor: DenialActor, matter: DenialMatter): { readonly key: string; readonly pool: DenialPool; readonly actor: DenialActor | null; readonly matter: DenialMatter | null } {
    const pool: DenialPool = actor.principal === null ? 'stranger' : 'principal';
    const who = `${pool}\0${actor.principal?.id ?? actor.source ?? ''}`;
    const own = { key: [who, matter.route, matter.code, matter.suspicion ?? ''].join('\0'), pool, actor, matter };
    if (this.#groups.has(own.key)) return own;
    const groups = this.#actors.get(who) ?? 0;
    const place = groups < ACTOR_GROUPS_MAX[pool] ? own : { ...own, key: `${who}\0\0`, matter: null };
    if (this.#groups.has(place.key)) return place;
    if (this.#pools[pool] >= POOL_GROUPS_MAX) return { key: pool, pool, actor: null, matter: null };
    this.#pools[pool] += 1;
    this.#actors.set(who, groups + 1);
    return place;
  }
}

function count(group: OpenGroup, actor: DenialActor, target: string, nowMillis: number): void {
  if (group.count === 0) group.firstMillis = nowMillis;
  group.count += 1;
  group.lastMillis = nowMillis;
  // Where a principal was last seen; of a stranger it is always the same.
  if (group.actor !== null) group.actor = actor;
  group.targets.add(target);
}
