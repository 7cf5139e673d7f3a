import type { RetentionRule } from './retention-rule.js';

/** How strictly a project holds its images to their states: not at all, with a word to who pulls, or by refusing. */
export const POLICY_MODES = ['off', 'warn', 'enforce'] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

/** Of a scanner's finding, the mildest first. */
export const SEVERITIES = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an image needs to be `verified`; the last, to be `released`. */
export interface Demands {
  /** By one of the keys or authorities that the project lists. */
  readonly signature: boolean;
  /** The signature says that it is for this repository, where its format can say so. */
  readonly signatureNamesRepository: boolean;
  /** A bill of materials refers to it. */
  readonly sbom: boolean;
  /** A scanner's report refers to it whose worst finding is at most this; null: none is asked for. */
  readonly scanSeverityMax: Severity | null;
  /** Somebody else than who asks has to agree to its release. */
  readonly releaseFourEyes: boolean;
}

export interface RegistryPolicy {
  readonly mode: PolicyMode;
  readonly demands: Demands;
  /** Patterns of tags that, once made, are neither moved nor deleted. */
  readonly immutableTags: readonly string[];
  /** None: nothing is ever taken away. */
  readonly retention: readonly RetentionRule[];
}

/** A policy as it stands; every change of it, and of the project's keys, makes another version. */
export interface VersionedPolicy extends RegistryPolicy {
  readonly version: number;
}

const NO_DEMANDS: Demands = { signature: false, signatureNamesRepository: false, sbom: false, scanSeverityMax: null, releaseFourEyes: false };

/** Of a project that has not said anything: plain clients work as with any registry. */
export const POLICY_DEFAULT: VersionedPolicy = Object.freeze({ version: 1, mode: 'off', demands: NO_DEMANDS, immutableTags: [], retention: [] });

/** From the column, which holds only what was said. */
export function demandsOf(said: Partial<Demands>): Demands {
  return { ...NO_DEMANDS, ...said };
}

/** `*` stands for any number of characters of a tag, none among them; everything else for itself. */
export const TAG_PATTERN = /^[a-zA-Z0-9_*][a-zA-Z0-9._*-]{0,127}$/;

/** As that of a tag, of what follows the project's slug in a repository's name. */
export const REPOSITORY_PATTERN = /^[a-z0-9*][a-z0-9._/*-]{0,254}$/;

/** In linear time for each `*`: a pattern comes from whoever governs the project, a name from whoever pushes. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === name;
  const last = others.pop()!;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of others) {
    const found = name.indexOf(part, from);
    if (found === -1 || found + part.length > name.length - last.length) return false;
    from = found + part.length;
  }
  return true;
}

export function isImmutable({ immutableTags }: Pick<RegistryPolicy, 'immutableTags'>, tag: string): boolean {
  return immutableTags.some((pattern) => matchesPattern(pattern, tag));
}
