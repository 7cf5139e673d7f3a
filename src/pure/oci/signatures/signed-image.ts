import type { KeyObject, X509Certificate } from 'node:crypto';
import type { ContentDigest } from '../content-digest.js';

/** What a signature is held against. */
export interface SignedImage {
  readonly digest: ContentDigest;
  /** References that the signature may say it is for (`registry.example/red/app`); null when any will do. */
  readonly repositories: readonly string[] | null;
  /** When its certificates have to be valid. There is no time stamp of a third party, so this is now. */
  readonly atMillis: number;
}

/** One envelope as a layer of a manifest holds it. */
export interface SignatureEnvelope {
  readonly bytes: Buffer;
  /** Of the layer's descriptor. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Whom a project believes: who holds a key, or who was vouched for by an authority. */
export type TrustAnchor =
  | { readonly id: string; readonly kind: 'public-key'; readonly key: KeyObject }
  | { readonly id: string; readonly kind: 'certificate-authority'; readonly certificate: X509Certificate };

/**
 * Why a signature does not count. `malformed`: it is none of its format. `unsupported`: an algorithm, scheme or statement that is
 * not taken. `other-image` and `other-repository`: it is good, and about something else. `untrusted`: nobody listed made it.
 */
export type SignatureRefusal = 'malformed' | 'unsupported' | 'other-image' | 'other-repository' | 'untrusted' | 'expired';

export type SignatureVerdict = { readonly ok: true; readonly anchorId: string } | { readonly ok: false; readonly refusal: SignatureRefusal };

export const refused = (refusal: SignatureRefusal): SignatureVerdict => ({ ok: false, refusal });

/** One kind of envelope. Never throws on bad input. */
export type SignatureVerifier = (envelope: SignatureEnvelope, image: SignedImage, anchors: readonly TrustAnchor[]) => SignatureVerdict;
