import { canonicalJson } from '#pure/canonical-json/canonical-json.js';

/** By weight, the lightest first. */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a detection rule, or a check of our own, has found. Pseudonyms only: it is stored and sent as it is. */
export interface Finding {
  /** Stable: with the group it says which alert this is. */
  readonly ruleId: string;
  /** One line for people. */
  readonly title: string;
  readonly severity: Severity;
  /** By what the rule groups, and the values that it found: one alert a rule and group. */
  readonly group: Readonly<Record<string, string>>;
  /** Principals that it is about: none of them is erased while the alert is not resolved. */
  readonly subjects: readonly string[];
  /** Digests of names that were tried at logins: the same holds of the account of that name. */
  readonly loginNames: readonly string[];
  /** Occurrences behind it, 1 at least. */
  readonly count: number;
  readonly firstSeenMillis: number;
  readonly lastSeenMillis: number;
  /** Entries of the ledger that show it. */
  readonly entryIds: readonly string[];
}

/** The same text for the same group, in whatever order a rule names its fields. */
export function groupKeyOf({ group }: Pick<Finding, 'group'>): string {
  return canonicalJson(group);
}
