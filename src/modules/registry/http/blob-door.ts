import { Injectable, StreamableFile } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, formatContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { isRepositoryName } from '#pure/oci/repository-name.js';
import type { MeantPath } from '#pure/oci/registry-path.js';
import { BlobDeletion } from '../blobs/blob-deletion.js';
import { BlobMount } from '../blobs/blob-mount.js';
import { BlobPull } from '../blobs/blob-pull.js';
import { uploadHeaders, Uploads } from '../blobs/uploads.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { describeContent } from './content-headers.js';
import type { RegistryExchange } from './registry-exchange.js';
import { SentChunks } from './sent-chunks.js';

type BlobPath = Extract<MeantPath, { kind: 'blob' }>;
type UploadPath = Extract<MeantPath, { kind: 'upload' }>;
type UploadsPath = Extract<MeantPath, { kind: 'uploads' }>;

/** Blobs and how they come in (OCI Distribution 1.1, end-2, end-4 to end-6, end-10, end-11, end-13, end-14). */
@Injectable()
export class BlobDoor {
  constructor(
    private readonly uploads: Uploads,
    private readonly mounts: BlobMount,
    private readonly pull: BlobPull,
    private readonly deletion: BlobDeletion,
  ) {}

  async head({ principal, reply }: RegistryExchange, { name, digest }: BlobPath): Promise<void> {
    describeContent(reply, { digest: formatContentDigest(digest), sizeBytes: await this.pull.size(principal, name, digest) });
  }

  async get(exchange: RegistryExchange, { name, digest }: BlobPath): Promise<StreamableFile> {
    const { principal, reply } = exchange;
    const { sizeBytes, range, chunks } = await this.pull.open(principal, name, digest, exchange.header('range'));
    const sentBytes = range === null ? sizeBytes : range.last - range.first + 1;
    describeContent(reply, { digest: formatContentDigest(digest), sizeBytes: sentBytes });
    if (range !== null) void reply.code(206).header('Content-Range', `bytes ${range.first}-${range.last}/${sizeBytes}`);
    return new StreamableFile(new SentChunks(chunks, reply.raw), { type: 'application/octet-stream', length: sentBytes, disposition: 'attachment' });
  }

  async delete({ principal, reply }: RegistryExchange, { name, digest }: BlobPath): Promise<void> {
    await this.deletion.delete(principal, name, digest);
    void reply.code(202);
  }

  /** Opens an upload; or mounts a blob, or takes a whole one, as the query says. */
  async open(exchange: RegistryExchange, { name }: UploadsPath): Promise<void> {
    const { principal, reply } = exchange;
    const mount = exchange.parameter('mount');
    if (exchange.parameter('digest') !== null) {
      const digest = exchange.digest();
      await this.uploads.put(principal, { name, ...exchange.body() }, digest);
      return shown(exchange, name, digest);
    }
    if (mount !== null) {
      const [digest, from] = [parseContentDigest(mount), exchange.parameter('from')];
      if (digest === null) throw Fault.at(REGISTRY_FAULTS['digest-invalid'], 'query:mount', 'digest');
      if (from !== null && !isRepositoryName(from)) throw Fault.at(REGISTRY_FAULTS['name-invalid'], 'query:from', 'name');
      if (await this.mounts.mount(principal, name, digest, from)) return shown(exchange, name, digest);
    }
    const uploadId = await this.uploads.open(principal, name);
    void reply.code(202).headers(uploadHeaders(name, uploadId, 0));
  }

  async status({ principal, reply }: RegistryExchange, { name, uploadId }: UploadPath): Promise<void> {
    const received = await this.uploads.received(principal, { name, uploadId });
    void reply.code(204).headers(uploadHeaders(name, uploadId, received));
  }

  async append(exchange: RegistryExchange, { name, uploadId }: UploadPath): Promise<void> {
    const received = await this.uploads.append(exchange.principal, { name, uploadId, ...exchange.body() });
    void exchange.reply.code(202).headers(uploadHeaders(name, uploadId, received));
  }

  async finish(exchange: RegistryExchange, { name, uploadId }: UploadPath): Promise<void> {
    const digest = exchange.digest();
    await this.uploads.finish(exchange.principal, { name, uploadId, ...exchange.body() }, digest);
    shown(exchange, name, digest);
  }

  async cancel({ principal, reply }: RegistryExchange, { name, uploadId }: UploadPath): Promise<void> {
    await this.uploads.cancel(principal, { name, uploadId });
    void reply.code(204);
  }
}

function shown({ reply }: RegistryExchange, name: string, digest: ContentDigest): void {
  const text = formatContentDigest(digest);
  void reply.code(201).headers({ Location: `/v2/${name}/blobs/${text}`, 'Docker-Content-Digest': text });
}
