import { printable } from '../verify-log/evidence-error.js';
import { type Target, Unlooked } from './target.js';

/** What a check needs beside the address. */
export type Need = 'https' | 'token' | 'other-token';

/** One look at a running server from outside. */
export interface Check {
  /** In the tables of requirements; words with hyphens. */
  readonly name: string;
  /** What holds when it passes. */
  readonly about: string;
  readonly needs: readonly Need[];
  /** What is wrong, or null. Throws Unlooked where nothing can be said. */
  readonly run: (target: Target) => Promise<string | null>;
}

export interface Finding {
  readonly name: string;
  readonly about: string;
  readonly result: 'passed' | 'failed' | 'not-looked-at';
  /** What is wrong, or why it could not be looked at; null when it passed. */
  readonly detail: string | null;
}

const MISSING: Readonly<Record<Need, string>> = {
  'https': 'the address is not https',
  'token': 'no token was given (--token-file)',
  'other-token': 'no token of another project was given (--other-token-file)',
};

/** Carries out one check. Whatever the server does is a finding: nothing that it sends can end the report. */
export async function look({ name, about, needs, run }: Check, target: Target): Promise<Finding> {
  const missing = needs.find((need) => !target.has(need));
  if (missing !== undefined) return { name, about, result: 'not-looked-at', detail: MISSING[missing] };
  try {
    const wrong = await run(target);
    return { name, about, result: wrong === null ? 'passed' : 'failed', detail: wrong === null ? null : printable(wrong) };
  } catch (error) {
    if (!(error instanceof Unlooked)) throw error;
    return { name, about, result: 'not-looked-at', detail: printable(error.message) };
  }
}

/** The first that is wrong of several, or null. */
export function firstOf(...wrong: readonly (string | null)[]): string | null {
  return wrong.find((each) => each !== null) ?? null;
}
