import { Injectable, StreamableFile } from '@nestjs/common';
import { collectStreamed } from '#platform/http/streamed-body.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { IMAGE_INDEX_TYPE, MANIFEST_BYTES_MAX } from '#pure/oci/manifest.js';
import type { MeantPath } from '#pure/oci/registry-path.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { Catalog } from '../manifests/catalog.js';
import { ManifestDeletion } from '../manifests/manifest-deletion.js';
import { ManifestPull } from '../manifests/manifest-pull.js';
import { ManifestPush, TAGS_OF_PUSH_MAX } from '../manifests/manifest-push.js';
import { Referrers } from '../manifests/referrers.js';
import { Tags } from '../manifests/tags.js';
import { describeContent } from './content-headers.js';
import type { RegistryExchange } from './registry-exchange.js';

type ManifestPath = Extract<MeantPath, { kind: 'manifest' }>;
type ReferrersPath = Extract<MeantPath, { kind: 'referrers' }>;
type TagsPath = Extract<MeantPath, { kind: 'tags' }>;

/** Manifests, the names that point to them, and what is about them (OCI Distribution 1.1, end-3, end-7 to end-9, end-12). */
@Injectable()
export class ManifestDoor {
  constructor(
    private readonly push: ManifestPush,
    private readonly pull: ManifestPull,
    private readonly deletion: ManifestDeletion,
    private readonly tagsOf: Tags,
    private readonly referrersOf: Referrers,
    private readonly repositories: Catalog,
  ) {}

  async head({ principal, reply }: RegistryExchange, { name, reference }: ManifestPath): Promise<void> {
    describeContent(reply, { ...(await this.pull.describe(principal, name, reference)), isByTag: 'tag' in reference });
  }

  /** The bytes themselves and no stream of them, which costs more than the rest of the way. */
  async get({ principal, reply }: RegistryExchange, { name, reference }: ManifestPath): Promise<Buffer> {
    const { manifest, bytes } = await this.pull.get(principal, name, reference);
    describeContent(reply, { ...manifest, isByTag: 'tag' in reference });
    return bytes;
  }

  async put(exchange: RegistryExchange, { name, reference }: ManifestPath): Promise<void> {
    const tags = exchange.tags();
    if (tags.length > TAGS_OF_PUSH_MAX) throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], 'query:tag', 'too-many', `At most ${TAGS_OF_PUSH_MAX} at a time.`);
    const bytes = await manifestBytes(exchange);
    const { digest, subject } = await this.push.put(exchange.principal, { name, reference, contentType: exchange.contentType(), bytes, tags });
    void exchange.reply
      .code(201)
      .headers({ Location: `/v2/${name}/manifests/${digest}`, 'Docker-Content-Digest': digest, ...(subject === null ? {} : { 'OCI-Subject': subject }) });
    if (tags.length > 0) void exchange.reply.header('OCI-Tag', tags.join(', '));
  }

  async delete({ principal, reply }: RegistryExchange, { name, reference }: ManifestPath): Promise<void> {
    if ('tag' in reference) await this.tagsOf.delete(principal, name, reference.tag);
    else await this.deletion.delete(principal, name, reference.digest);
    void reply.code(202);
  }

  async tags(exchange: RegistryExchange, { name }: TagsPath): Promise<{ readonly name: string; readonly tags: readonly string[] }> {
    const { after, limit } = exchange.page();
    const tags = await this.tagsOf.list(exchange.principal, name, after, limit + 1);
    return { name, tags: exchange.paged(tags, limit, (tag) => tag) };
  }

  async referrers(exchange: RegistryExchange, { name, digest }: ReferrersPath): Promise<StreamableFile> {
    const { after, limit } = exchange.page();
    const artifactType = exchange.parameter('artifactType');
    if (after !== '' && parseContentDigest(after) === null) throw Fault.at(REGISTRY_FAULTS['digest-invalid'], 'query:last', 'digest');
    const found = await this.referrersOf.list(exchange.principal, name, digest, artifactType, after, limit + 1);
    if (artifactType !== null) void exchange.reply.header('OCI-Filters-Applied', 'artifactType');
    const manifests = exchange.paged(found, limit, (manifest) => manifest.digest).map((manifest) => ({
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.sizeBytes,
      ...(manifest.artifactType === null ? {} : { artifactType: manifest.artifactType }),
      ...(Object.keys(manifest.annotations).length === 0 ? {} : { annotations: manifest.annotations }),
    }));
    // As bytes: of what is serialised for it the server says a charset, and clients compare the type whole.
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX_TYPE, manifests }));
    return new StreamableFile(index, { type: IMAGE_INDEX_TYPE, length: index.length });
  }

  async catalog(exchange: RegistryExchange): Promise<{ readonly repositories: readonly string[] }> {
    const { after, limit } = exchange.page();
    const names = await this.repositories.list(exchange.principal, after, limit + 1);
    return { repositories: exchange.paged(names, limit, (name) => name) };
  }
}

async function manifestBytes({ request }: RegistryExchange): Promise<Buffer> {
  try {
    return (await collectStreamed(request, MANIFEST_BYTES_MAX)).bytes;
  } catch (cause) {
    if (cause instanceof Fault && cause.kind === REQUEST_FAULTS['body-too-large']) throw new Fault(REGISTRY_FAULTS['manifest-too-large']);
    throw cause;
  }
}
