import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { artifactManifest, type DescribedArtifact, EMPTY_CONFIG, IMAGE_MANIFEST_TYPE } from './artifact-manifest.js';
import { formatContentDigest } from './content-digest.js';
import { readManifest } from './manifest.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const SUBJECT = { mediaType: IMAGE_MANIFEST_TYPE, digest: `sha256:${'b'.repeat(64)}`, size: 7 };
const artifact = (over: Partial<DescribedArtifact> = {}): DescribedArtifact => ({ artifactType: 'application/vnd.example.v1', layers: [{ mediaType: 'text/plain', digest: DIGEST, size: 3, title: 'a.txt' }], subject: SUBJECT, annotations: { b: '2', a: '1' }, ...over });

describe('the manifest of an artifact', () => {
  it('has the empty descriptor of the image specification', () => {
    assert.deepEqual(EMPTY_CONFIG, { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 });
  });

  it('is read as what it was written for', () => {
    const { artifactType, subject, references, annotations } = readManifest(artifactManifest(artifact()), IMAGE_MANIFEST_TYPE);
    assert.deepEqual([artifactType, formatContentDigest(subject!.digest), annotations], ['application/vnd.example.v1', SUBJECT.digest, { a: '1', b: '2' }]);
    assert.deepEqual(references.map(({ role, descriptor }) => [role, formatContentDigest(descriptor.digest), descriptor.sizeBytes, descriptor.annotations]), [
      ['config', EMPTY_CONFIG.digest, 2, {}],
      ['layer', DIGEST, 3, { 'org.opencontainers.image.title': 'a.txt' }],
    ]);
  });

  it('is the same bytes for the same content, in whatever order it is told, and others for others', () => {
    const bytes = artifactManifest(artifact());
    assert.ok(artifactManifest(artifact({ annotations: { a: '1', b: '2' } })).equals(bytes));
    for (const other of [{ subject: null }, { annotations: {} }, { layers: [] }, { artifactType: 'application/vnd.example.v2' }]) assert.ok(!artifactManifest(artifact(other)).equals(bytes), JSON.stringify(other));
  });
});
