import { isEvaluated, type ManifestState } from './manifest-state.js';
import type { PolicyMode } from './registry-policy.js';

/** A manifest as far as it matters to whether it is given out. */
export interface GatedManifest {
  readonly state: ManifestState;
  readonly stateReason: string | null;
  /** It is about another manifest, and nothing that can be run: it has no state worth asking for, unless it was revoked. */
  readonly isEvidence: boolean;
  readonly mode: PolicyMode;
}

/** `unreleased` is for those who may pull what nobody answers for yet, or whose index somebody answers for. */
export type Gate = { readonly kind: 'open' } | { readonly kind: 'warned' | 'unreleased' | 'closed'; readonly message: string };

const OPEN: Gate = Object.freeze({ kind: 'open' });

/**
 * Whether a manifest is given out. What was done to one image on purpose, `deprecated` and `revoked`, holds in every mode: a
 * mode says only what is made of those that nobody has answered for.
 */
export function gateOf({ state, stateReason, isEvidence, mode }: GatedManifest): Gate {
  const because = stateReason === null ? '' : `: ${stateReason}`;
  if (state === 'revoked') return { kind: 'closed', message: `The manifest is revoked${because}` };
  if (state === 'deprecated') return { kind: 'warned', message: `The manifest is deprecated${because}` };
  if (isEvidence || mode === 'off' || !isEvaluated(state)) return OPEN;
  const message = `The manifest is ${state}, and not released`;
  return { kind: mode === 'warn' ? 'warned' : 'unreleased', message };
}

/** Beyond this a header is cut off by some proxies. */
const WARNING_LENGTH_MAX = 200;

/** RFC 7234 §5.5 as OCI Distribution 1.1 narrows it ("Warnings"): code 299, agent `-`, a quoted text. What people wrote is made ASCII. */
export function warningHeader(message: string): string {
  const text = message.replace(/[^\x20-\x7e]/g, '?').slice(0, WARNING_LENGTH_MAX);
  return `299 - "${text.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
