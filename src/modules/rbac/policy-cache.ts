import type { Principal } from '#pure/principal/principal.js';
import type { SubjectPolicy } from './subject-policy.js';

interface Entry {
  /** The policy version that a request had seen when the load began: what was loaded is that or newer. */
  readonly version: number;
  readonly policy: Promise<SubjectPolicy>;
}

/** About 2 KiB a subject with a handful of bindings: 20 MiB at most. */
const SUBJECTS_MAX = 10_000;

/** One session of an account may do more than its others: the one that broke the glass. */
const keyOf = ({ id, holdsBreakGlass }: Principal): string => (holdsBreakGlass ? `${id} in an emergency` : id);

/**
 * Subjects' policies by (subject, policy version), the least recently used dropped first. A request's version was
 * read after it arrived and before the load, and a policy change moves the version in its own transaction: so what
 * is loaded for a version is never older than it, and a request that saw an older one may use it too.
 */
export class PolicyCache {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly load: (subject: Principal) => Promise<SubjectPolicy>,
    private readonly lookedUp: (outcome: 'known' | 'loaded') => void = () => undefined,
  ) {}

  of(subject: Principal): Promise<SubjectPolicy> {
    const key = keyOf(subject);
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    const isFresh = known !== undefined && known.version >= subject.policyVersion;
    this.lookedUp(isFresh ? 'known' : 'loaded');
    const entry = isFresh ? known : this.#begin(subject, key);
    this.#entries.set(key, entry);
    if (this.#entries.size > SUBJECTS_MAX) this.#entries.delete(this.#entries.keys().next().value!);
    return entry.policy;
  }

  #begin(subject: Principal, key: string): Entry {
    const policy = this.load(subject);
    const entry: Entry = { version: subject.policyVersion, policy };
    // A failed load is not remembered: the next request tries again.
    policy.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }
}
