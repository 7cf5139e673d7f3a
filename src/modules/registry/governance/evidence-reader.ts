import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import { ContentError, type Descriptor } from '#pure/oci/descriptor.js';
import { readManifest } from '#pure/oci/manifest.js';
import { SIGNATURE_BYTES_MAX, signatureFormatOf, SIGNATURES_MAX } from '#pure/oci/signatures/signature-formats.js';
import type { SignedImage, TrustAnchor } from '#pure/oci/signatures/signed-image.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobStore, DamagedBlob } from '../blobs/blob-store.js';
import type { FoundFacts } from '../domain/demands.js';
import { isSbom } from '../domain/evidence.js';
import type { Severity } from '../domain/registry-policy.js';
import { SCAN_REPORT_BYTES_MAX, SCAN_REPORT_TYPE, worstFinding } from '../domain/scan-report.js';
import { type FoundEvidence, type FoundSignature, LifecycleRepository } from '../persistence/lifecycle.repository.js';

/** So many manifests about one are looked at, those pushed last first: who may push could push any number. */
const EVIDENCE_MAX = 100;
/** cosign writes one manifest with a layer for each signature; a few hundred bytes each. */
const MANIFEST_BYTES_MAX = 64 * 1024;

type Facts = FoundFacts & { readonly signatures: readonly FoundSignature[] };

/** Reads what was pushed about a manifest: whose signatures it has, and what else refers to it. Reads files, so never in a transaction. */
@Injectable()
export class EvidenceReader {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly lifecycle: LifecycleRepository,
    private readonly store: BlobStore,
  ) {}

  async read(principal: Principal, repositoryId: string, image: SignedImage, anchors: readonly TrustAnchor[]): Promise<Facts> {
    const found = await this.uow.read(principal, (reading) => this.lifecycle.evidence(reading, repositoryId, formatContentDigest(image.digest), EVIDENCE_MAX, MANIFEST_BYTES_MAX));
    const report = found.find(({ artifactType }) => artifactType === SCAN_REPORT_TYPE);
    return {
      signatures: anchors.length === 0 ? [] : await this.signatures(found, image, anchors),
      hasSbom: found.some(isSbom),
      worstFinding: report === undefined ? null : await this.worstIn(report),
    };
  }

  private async signatures(found: readonly FoundEvidence[], image: SignedImage, anchors: readonly TrustAnchor[]): Promise<readonly FoundSignature[]> {
    const signatures: FoundSignature[] = [];
    let looked = 0;
    for (const manifest of found) {
      for (const layer of layersOf(manifest)) {
        const format = signatureFormatOf(layer.mediaType, manifest.artifactType);
        if (format === null || layer.sizeBytes > SIGNATURE_BYTES_MAX) continue;
        if (++looked > SIGNATURES_MAX) return signatures;
        const bytes = await this.bytesOf(layer.digest);
        if (bytes === null) continue;
        const verdict = format.verify({ bytes, annotations: layer.annotations }, image, anchors);
        if (verdict.ok) signatures.push({ manifestDigest: manifest.digest, trustedKeyId: verdict.anchorId, format: format.name });
      }
    }
    return signatures;
  }

  private async worstIn(report: FoundEvidence): Promise<Severity | null> {
    const [layer, ...others] = layersOf(report);
    if (layer === undefined || others.length > 0 || layer.sizeBytes > SCAN_REPORT_BYTES_MAX) return null;
    const bytes = await this.bytesOf(layer.digest);
    return bytes === null ? null : worstFinding(bytes);
  }

  /** Of a manifest of the repository, which has all that it names: its size was held against the blob's. Null where it is damaged or gone. */
  private async bytesOf(digest: ContentDigest): Promise<Buffer | null> {
    const blob = await this.store.open(digest);
    if (blob === null) return null;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of blob.read(null)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } catch (cause) {
      if (cause instanceof DamagedBlob) return null;
      throw cause;
    } finally {
      await blob.close();
    }
  }
}

function layersOf({ bytes, mediaType }: FoundEvidence): readonly Descriptor[] {
  if (bytes === null) return [];
  try {
    return readManifest(bytes, mediaType).references.filter(({ role }) => role === 'layer').map(({ descriptor }) => descriptor);
  } catch (cause) {
    if (cause instanceof ContentError) return []; // Taken under an older reading of what a manifest is.
    throw cause;
  }
}
