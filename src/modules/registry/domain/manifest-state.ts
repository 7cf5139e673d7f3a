/**
 * What becomes of a manifest. It begins `quarantined`; `verified` says that all that its project demands was found;
 * `released` that somebody answers for it; `deprecated` that there is a better one; `revoked` that nobody may run it.
 */
export const MANIFEST_STATES = ['quarantined', 'verified', 'released', 'deprecated', 'revoked'] as const;
export type ManifestState = (typeof MANIFEST_STATES)[number];

const SUCCESSORS: Readonly<Record<ManifestState, readonly ManifestState[]>> = {
  quarantined: ['verified', 'revoked'],
  verified: ['released', 'quarantined', 'revoked'],
  released: ['deprecated', 'revoked'],
  deprecated: ['released', 'revoked'],
  revoked: [],
};

export function mayBecome(from: ManifestState, to: ManifestState): boolean {
  return SUCCESSORS[from].includes(to);
}

/** Between these two an evaluation decides, and nobody else. */
export const EVALUATED_STATES = ['quarantined', 'verified'] as const satisfies readonly ManifestState[];
export type EvaluatedState = (typeof EVALUATED_STATES)[number];

export function isEvaluated(state: ManifestState): state is EvaluatedState {
  return (EVALUATED_STATES as readonly ManifestState[]).includes(state);
}
