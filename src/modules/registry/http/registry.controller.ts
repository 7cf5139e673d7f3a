import { Controller, Get, Head, HttpCode, Post, Put, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited, Bucket, Requires, StreamedBody, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobPull } from '../blob-pull.js';
import { BlobPush } from '../blob-push.js';
import { type Digest, formatDigest, parseDigest } from '../domain/digest.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { parseRegistryPath, type RegistryPath } from '../domain/registry-path.js';

/** A digest names its bytes for ever; they are still not for shared caches, since who may see them can change. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';

/** What a path that no handler of this method means is answered with. */
const FAULT_OF: Readonly<Record<'invalid-name' | 'invalid-digest' | 'invalid-upload' | 'unknown' | 'base', keyof typeof REGISTRY_FAULTS>> = {
  'invalid-name': 'name-invalid',
  'invalid-digest': 'digest-invalid',
  'invalid-upload': 'blob-upload-unknown',
  unknown: 'unsupported',
  base: 'unsupported',
};

/**
 * OCI Distribution 1.1 as far as blobs go. Repository names hold slashes, which no router pattern can express, so each
 * method has one route and the path is parsed by its own grammar. HEAD stands before GET, or the router would derive
 * one from GET and open a file to answer it.
 */
@ApiExcludeController()
@Controller('v2')
export class RegistryController {
  constructor(
    private readonly push: BlobPush,
    private readonly pull: BlobPull,
  ) {}

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:ping'])
  @Unaudited('it says only that the registry is there, and every client asks it first')
  @Bucket('registry-challenge')
  base(@Res({ passthrough: true }) reply: FastifyReply): Record<string, never> {
    void reply.header('Docker-Distribution-API-Version', 'registry/2.0');
    return {};
  }

  @Post('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @Audited(REGISTRY_EVENTS['registry.upload.open'], 'transaction')
  @StreamedBody()
  @HttpCode(202)
  async open(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { name } = expect(request, 'uploads');
    const uploadId = await this.push.open(principal, name);
    void reply
      .header('Location', `/v2/${name}/blobs/uploads/${uploadId}`)
      .header('Docker-Upload-UUID', uploadId)
      .header('Range', '0-0');
  }

  @Put('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @Audited(REGISTRY_EVENTS['registry.blob.push'], 'stream')
  @StreamedBody()
  @HttpCode(201)
  async receive(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { name, uploadId } = expect(request, 'upload');
    const digest = digestParameter(request);
    // The socket must outlive a refusal, or the client would never read why.
    const bytes = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    await this.push.receive(principal, { name, uploadId, digest, bytes, declaredBytes: declaredLength(request) });
    void reply.header('Location', `/v2/${name}/blobs/${formatDigest(digest)}`).header('Docker-Content-Digest', formatDigest(digest));
  }

  @Head('*')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Bucket('registry-challenge')
  @Unaudited('clients ask it before every layer; it reveals that a blob is there to who may pull it')
  async head(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { name, digest } = expect(request, 'blob');
    describe(reply, digest, await this.pull.size(principal, name, digest));
  }

  @Get('*')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Bucket('registry-challenge')
  @Unaudited('manifest pulls are recorded; a layer is read only by who was given its digest')
  async download(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    const { name, digest } = expect(request, 'blob');
    const { sizeBytes, stream } = await this.pull.open(principal, name, digest);
    describe(reply, digest, sizeBytes);
    return new StreamableFile(stream, { type: 'application/octet-stream', length: sizeBytes, disposition: 'attachment' });
  }
}

/** The path as the route needs it, or the fault that the path is. */
function expect<K extends 'uploads' | 'upload' | 'blob'>(request: FastifyRequest, kind: K): Extract<RegistryPath, { kind: K }> {
  const path = parseRegistryPath((request.raw.url ?? '').split('?', 1)[0]!);
  if (path.kind === kind) return path as Extract<RegistryPath, { kind: K }>;
  throw new Fault(REGISTRY_FAULTS[path.kind in FAULT_OF ? FAULT_OF[path.kind as keyof typeof FAULT_OF] : 'unsupported']);
}

/** Exactly one: of two that differ, a proxy and we might believe another. */
function digestParameter(request: FastifyRequest): Digest {
  const values = new URLSearchParams((request.raw.url ?? '').split('?')[1] ?? '').getAll('digest');
  const digest = values.length === 1 ? parseDigest(values[0]!) : null;
  if (digest === null) throw new Fault(REGISTRY_FAULTS['digest-invalid']);
  return digest;
}

/** Null for a chunked body. Node has refused what is no number. */
function declaredLength(request: FastifyRequest): number | null {
  const header = request.headers['content-length'];
  return header === undefined ? null : Number(header);
}

/** A blob is anybody's bytes: a browser that opens one must neither run nor guess it. */
function describe(reply: FastifyReply, digest: Digest, sizeBytes: number): void {
  void reply
    .header('Content-Type', 'application/octet-stream')
    .header('Content-Length', String(sizeBytes))
    .header('Content-Disposition', 'attachment')
    .header('Content-Security-Policy', "default-src 'none'; sandbox")
    .header('Docker-Content-Digest', formatDigest(digest))
    .header('ETag', `"${formatDigest(digest)}"`)
    .header('Cache-Control', CACHE_CONTROL);
}
