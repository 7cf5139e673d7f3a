import type { ManifestState } from './manifest-state.js';

/** What a registry holds, as who manages it is shown it. */
export interface Repository {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: Date;
}

export interface ListedManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: string | null;
  readonly isEvidence: boolean;
  readonly sizeBytes: number;
  readonly contentBytes: number;
  readonly state: ManifestState;
  readonly version: number;
  readonly stateReason: string | null;
  readonly stateSince: Date;
  /** Whether it was held against the policy, its keys and what refers to it as they are now. */
  readonly isEvaluated: boolean;
  readonly pushedBy: string;
  readonly pushedAt: Date;
  readonly tags: readonly string[];
}

export interface ListedReferrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
}

export interface ListedSignature {
  readonly manifestDigest: string;
  readonly trustedKeyId: string;
  readonly format: string;
  readonly verifiedAt: Date;
}

export interface ManifestDetail extends ListedManifest {
  /** The first hundred, by their digests; the rest are at `/v2/…/referrers/`. */
  readonly referrers: readonly ListedReferrer[];
  readonly signatures: readonly ListedSignature[];
}

export interface ListedTag {
  readonly name: string;
  readonly digest: string;
  readonly version: number;
  readonly movedBy: string;
  readonly movedAt: Date;
}

/** A page of what is told apart by a name: `next` is the last one of the page, null at the end. */
export interface NamedPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
