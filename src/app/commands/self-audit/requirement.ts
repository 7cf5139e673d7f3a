/** How a requirement is met. */
export type Kind = 'test' | 'configuration' | 'document' | 'not-applicable' | 'open';

/** In the order of every table. */
export const KINDS: Readonly<Record<Kind, string>> = {
  'test': 'verified by test',
  'configuration': 'by configuration',
  'document': 'by document',
  'not-applicable': 'not applicable',
  'open': 'open',
};

export type Level = 1 | 2 | 3;

/**
 * A requirement of OWASP ASVS 5.0.0, by its number and level; what it is about is said in words of ours, since its text
 * stands under another licence. Evidence is the name of a check, or a path in this repository: a specification of
 * behaviour (`*.spec.ts`), the place where something is configured, a document. `self-audit.spec.ts` holds every row to that.
 */
export interface Requirement {
  readonly id: string;
  readonly level: Level;
  readonly about: string;
  readonly by: Kind;
  readonly evidence: readonly string[];
  /** Why it is met in that way, or not; null where a test says it. */
  readonly why: string | null;
}

/** Tests fail when it is not met: specifications, checks against a running server, or both. */
export const tested = (id: string, level: Level, about: string, ...evidence: readonly string[]): Requirement => ({ id, level, about, by: 'test', evidence, why: null });

/** The code is made so, in a place that can be read; no test would tell that it is so everywhere. */
export const configured = (id: string, level: Level, about: string, why: string, ...evidence: readonly string[]): Requirement => ({ id, level, about, by: 'configuration', evidence, why });

/** It is asked that something be written, and it is. */
export const documented = (id: string, level: Level, about: string, why: string, ...evidence: readonly string[]): Requirement => ({ id, level, about, by: 'document', evidence, why });

/** There is nothing here that it could be about. */
export const absent = (id: string, level: Level, about: string, why: string): Requirement => ({ id, level, about, by: 'not-applicable', evidence: [], why });

/** It is not met, or not wholly: what is there stands as evidence, what is missing is said. */
export const open = (id: string, level: Level, about: string, why: string, ...evidence: readonly string[]): Requirement => ({ id, level, about, by: 'open', evidence, why });

export const isSpec = (evidence: string): boolean => evidence.endsWith('.spec.ts');

/** A check is named in words with hyphens; everything else has a slash or a dot. */
export const isCheck = (evidence: string): boolean => /^[a-z0-9-]+$/.test(evidence);
