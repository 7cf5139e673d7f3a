import { Controller, Delete, Get, Head, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditedOneOf, AuditedWhen, Bucket, Repeatable, Requires, StreamedBody, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import { Fault } from '#pure/fault/fault.js';
import type { MeantPath } from '#pure/oci/registry-path.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import { BlobDoor } from './blob-door.js';
import { ManifestDoor } from './manifest-door.js';
import { RegistryExchange } from './registry-exchange.js';

/** What a method does with each kind of path; a kind that is not here it does not take. */
type Operations = { readonly [K in MeantPath['kind']]?: (exchange: RegistryExchange, path: Extract<MeantPath, { kind: K }>) => unknown };
type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/**
 * OCI Distribution 1.1. Repository names hold slashes, which no router pattern can express, so each method has one route
 * and the path is parsed by its own grammar. HEAD stands before GET, or the router would derive one from GET and open a
 * file to answer it.
 */
@ApiExcludeController()
@Controller('v2')
export class RegistryController {
  private readonly operations: Readonly<Record<Method, Operations>>;

  constructor(blobs: BlobDoor, manifests: ManifestDoor) {
    this.operations = {
      HEAD: { blob: (exchange, path) => blobs.head(exchange, path), manifest: (exchange, path) => manifests.head(exchange, path) },
      GET: {
        blob: (exchange, path) => blobs.get(exchange, path),
        upload: (exchange, path) => blobs.status(exchange, path),
        manifest: (exchange, path) => manifests.get(exchange, path),
        tags: (exchange, path) => manifests.tags(exchange, path),
        referrers: (exchange, path) => manifests.referrers(exchange, path),
        catalog: (exchange) => manifests.catalog(exchange),
      },
      POST: { uploads: (exchange, path) => blobs.open(exchange, path) },
      PATCH: { upload: (exchange, path) => blobs.append(exchange, path) },
      PUT: { upload: (exchange, path) => blobs.finish(exchange, path), manifest: (exchange, path) => manifests.put(exchange, path) },
      DELETE: {
        blob: (exchange, path) => blobs.delete(exchange, path),
        upload: (exchange, path) => blobs.cancel(exchange, path),
        manifest: (exchange, path) => manifests.delete(exchange, path),
      },
    };
  }

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:ping'])
  @Unaudited('it says only that the registry is there, and every client asks it first')
  @Bucket('registry-challenge')
  base(@Res({ passthrough: true }) reply: FastifyReply): Record<string, never> {
    void reply.header('Docker-Distribution-API-Version', 'registry/2.0');
    return {};
  }

  @Head('*')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Bucket('registry-challenge')
  @Unaudited('clients ask it before every layer; it reveals that content is there to who may pull it')
  head(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('HEAD', principal, request, reply);
  }

  @Get('*')
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Bucket('registry-challenge')
  @AuditedWhen(REGISTRY_EVENTS['registry.manifest.pull'], 'group', 'for manifests, one entry a subject, digest and minute; a layer is read only by who was given its digest, and lists are polled')
  get(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('GET', principal, request, reply);
  }

  @Post('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @AuditedOneOf([REGISTRY_EVENTS['registry.upload.open'], REGISTRY_EVENTS['registry.blob.mount'], REGISTRY_EVENTS['registry.blob.push']], 'stream')
  @StreamedBody()
  post(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('POST', principal, request, reply);
  }

  @Patch('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @Unaudited('pieces of an upload, which is recorded when it is opened and when it becomes a blob')
  @StreamedBody()
  patch(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('PATCH', principal, request, reply);
  }

  @Put('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @AuditedOneOf([REGISTRY_EVENTS['registry.blob.push'], REGISTRY_EVENTS['registry.manifest.push']], 'stream', [REGISTRY_EVENTS['registry.tag.move'], REGISTRY_EVENTS['registry.manifest.evaluate']])
  @StreamedBody()
  @Repeatable('tag')
  put(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('PUT', principal, request, reply);
  }

  /** Who pushes may give up an upload of theirs; the deeds ask for the right to delete what was pushed. */
  @Delete('*')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Bucket('registry-challenge')
  @AuditedOneOf(
    [REGISTRY_EVENTS['registry.manifest.delete'], REGISTRY_EVENTS['registry.tag.delete'], REGISTRY_EVENTS['registry.blob.delete'], REGISTRY_EVENTS['registry.upload.cancel']],
    'transaction',
    [REGISTRY_EVENTS['registry.tag.remove']],
  )
  delete(@CurrentPrincipal() principal: Principal, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    return this.take('DELETE', principal, request, reply);
  }

  private take(method: Method, principal: Principal, request: FastifyRequest, reply: FastifyReply): unknown {
    const exchange = new RegistryExchange(principal, request, reply);
    const path = exchange.path();
    const operation = this.operations[method][path.kind] as ((exchange: RegistryExchange, path: MeantPath) => unknown) | undefined;
    if (operation === undefined) throw new Fault(REGISTRY_FAULTS.unsupported);
    return operation(exchange, path);
  }
}
