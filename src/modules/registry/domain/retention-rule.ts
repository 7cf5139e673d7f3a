/**
 * What a project keeps. A rule speaks of the tags that its patterns mean, in the repositories that its patterns mean, and of
 * all that it speaks of it keeps what any of its conditions holds for. A tag is kept if any rule keeps it, or none speaks of it.
 */
export interface RetentionRule {
  /** Patterns of what follows the project's slug in a repository's name. */
  readonly repositories: readonly string[];
  /** Patterns of tags; with none the rule speaks of no tags. */
  readonly tags: readonly string[];
  readonly keepAll: boolean;
  /** Of each repository so many images, with all their tags that the rule speaks of: those that were pushed last. */
  readonly keepLatestPushed: number | null;
  /** Those that were pulled last; what was never pulled is not among them. */
  readonly keepLatestPulled: number | null;
  readonly keepPushedWithinDays: number | null;
  readonly keepPulledWithinDays: number | null;
  /** What neither a tag nor another manifest holds goes when nobody has pushed or pulled it, and no tag has left it, for so long; null: the rule does not speak of it. */
  readonly untaggedAfterDays: number | null;
}

export const RETENTION_RULES_MAX = 20;
export const RETENTION_PATTERNS_MAX = 20;

/** What is wrong with a rule, where none of its fields is by itself: the field's name ('' for the rule), and why. */
export interface RuleFlaw {
  readonly field: '' | 'tags';
  readonly detail: string;
}

/** A rule that speaks of tags and keeps none would empty repositories by being forgotten half written. */
export function flawOf({ tags, keepAll, keepLatestPushed, keepLatestPulled, keepPushedWithinDays, keepPulledWithinDays, untaggedAfterDays }: RetentionRule): RuleFlaw | null {
  const keeps = keepAll || [keepLatestPushed, keepLatestPulled, keepPushedWithinDays, keepPulledWithinDays].some((limit) => limit !== null);
  if (tags.length > 0 && !keeps) return { field: '', detail: 'A rule about tags says which of them are kept.' };
  if (tags.length === 0 && keeps) return { field: 'tags', detail: 'A rule that keeps tags says which it speaks of.' };
  if (tags.length === 0 && untaggedAfterDays === null) return { field: '', detail: 'The rule speaks of nothing.' };
  return null;
}

/** What follows the project's slug in a repository's name; of a name without a slash, which is of `default`, the whole. */
export function nameInProject(repository: string): string {
  return repository.slice(repository.indexOf('/') + 1);
}
