import type { Manifest } from '#pure/oci/manifest.js';
import { SIGNATURE_LAYERS } from '#pure/oci/signatures/signature-formats.js';

/** What runtimes unpack and run. A document with a layer of these is an image, whatever else it says that it is. */
const RUNNABLE = /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.|wasm\.|module\.wasm\.)|^application\/wasm$/;

/** Layers that older clients store below a tag `sha256-<hex>.sig`, `.att` or `.sbom`, without a subject. */
const TAGGED_LAYERS: ReadonlySet<string> = new Set([
  ...SIGNATURE_LAYERS,
  'application/vnd.dsse.envelope.v1+json',
  'application/spdx+json',
  'text/spdx+json',
  'text/spdx',
  'application/vnd.cyclonedx+json',
  'application/vnd.cyclonedx+xml',
  'application/vnd.syft+json',
]);

/**
 * Whether a manifest says something about another and cannot be run. Told by its layers and never by its name or subject alone:
 * who pushes an image could give it either, and it would pass every gate.
 */
export function isEvidence({ kind, subject, references }: Manifest): boolean {
  if (kind !== 'image') return false;
  const layers = references.filter(({ role }) => role === 'layer').map(({ descriptor }) => descriptor.mediaType);
  if (layers.some((type) => RUNNABLE.test(type))) return false;
  return subject !== null || (layers.length > 0 && layers.every((type) => TAGGED_LAYERS.has(type)));
}

const SBOM_TYPES: ReadonlySet<string> = new Set(['application/spdx+json', 'text/spdx+json', 'text/spdx', 'application/spdx+xml', 'application/vnd.cyclonedx+json', 'application/vnd.cyclonedx+xml', 'application/vnd.syft+json']);
const SBOM_PREDICATES: ReadonlySet<string> = new Set(['https://spdx.dev/Document', 'https://cyclonedx.org/bom']);

/** A bill of materials, by what the referrer says that it is: SPDX, CycloneDX or Syft's own, bare or in a Sigstore bundle. */
export function isSbom({ artifactType, annotations }: { readonly artifactType: string | null; readonly annotations: Readonly<Record<string, string>> }): boolean {
  if (artifactType !== null && SBOM_TYPES.has(artifactType)) return true;
  return SBOM_PREDICATES.has(annotations['dev.sigstore.bundle.predicateType'] ?? '');
}

/** What older clients call the signature, attestations and bill of materials of an image, where they know of no referrers. */
const TAG_ENDINGS = ['sig', 'att', 'sbom'];
const TAG_ABOUT = new RegExp(`^sha256-([0-9a-f]{64})\\.(?:${TAG_ENDINGS.join('|')})$`);

export function tagsAbout(digest: string): readonly string[] {
  return TAG_ENDINGS.map((ending) => `${digest.replace(':', '-')}.${ending}`);
}

/** The digest that a manifest under such a tag is about; null for any other tag. */
export function subjectOfTag(tag: string): string | null {
  const match = TAG_ABOUT.exec(tag);
  return match === null ? null : `sha256:${match[1]!}`;
}

/** Tags that clients make for what is about another manifest where they know of no referrers: those above, others of that kind, and the list of referrers itself (distribution-spec, "Referrers Tag Schema"), which cuts a digest off behind 64 characters. */
const TAG_BESIDE = /^(sha256|sha512)-([0-9a-f]{64})(?:[._-].*)?$/;

/** What the digest that such a tag is about begins with; all of it, of sha256. Null for any other tag. */
export function subjectPrefixOfTag(tag: string): string | null {
  const match = TAG_BESIDE.exec(tag);
  return match === null ? null : `${match[1]!}:${match[2]!}`;
}

/** As much of a digest as `subjectPrefixOfTag` tells. */
export function subjectPrefixOf(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 64);
}
