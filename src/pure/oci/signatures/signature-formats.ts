import { NOTATION_TYPE, verifyNotation } from './notation-jws.js';
import type { SignatureVerifier } from './signed-image.js';
import { SIGSTORE_BUNDLE_TYPE, verifySigstoreBundle } from './sigstore-bundle.js';
import { verifySimpleSigning } from './simple-signing.js';

export interface SignatureFormat {
  readonly name: 'cosign' | 'sigstore-bundle' | 'notation';
  /** Of the manifest, which has to be of this type too; null: its layer says enough. */
  readonly artifactType: string | null;
  readonly verify: SignatureVerifier;
}

/** By the media type of the layer that holds the envelope. */
export const SIGNATURE_FORMATS: Readonly<Record<string, SignatureFormat>> = {
  'application/vnd.dev.cosign.simplesigning.v1+json': { name: 'cosign', artifactType: null, verify: verifySimpleSigning },
  [SIGSTORE_BUNDLE_TYPE]: { name: 'sigstore-bundle', artifactType: null, verify: verifySigstoreBundle },
  'application/jose+json': { name: 'notation', artifactType: NOTATION_TYPE, verify: verifyNotation },
};

export const SIGNATURE_LAYERS: readonly string[] = Object.keys(SIGNATURE_FORMATS);

/** So many envelopes of one image are looked at, those pushed last first; and so large each may be. */
export const SIGNATURES_MAX = 20;
export const SIGNATURE_BYTES_MAX = 1024 * 1024;

/** The format of a layer; null where it is no signature. */
export function signatureFormatOf(layerType: string, artifactType: string | null): SignatureFormat | null {
  const format = Object.hasOwn(SIGNATURE_FORMATS, layerType) ? SIGNATURE_FORMATS[layerType]! : null;
  return format === null || (format.artifactType !== null && format.artifactType !== artifactType) ? null : format;
}
