import { createHash } from 'node:crypto';
import type { DigestAlgorithm } from '#pure/oci/content-digest.js';
import { type Answer, basicOf, call, loginOwner, registryKey } from './api.js';
import type { RunningServer } from './server.js';

export interface OciErrors {
  readonly errors: readonly { readonly code: string; readonly message: string; readonly detail: { readonly code: string; readonly errors?: readonly { readonly pointer: string }[] } }[];
}

export interface RegistryRequest {
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER = 'application/vnd.oci.image.layer.v1.tar';

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export interface SentDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function descriptorOf(mediaType: string, bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): SentDescriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: Buffer.byteLength(bytes) };
}

/** A container client without cleverness: each call is one request, by a key itself, which is not narrowed to any repository as tokens are. */
export class RegistryClient {
  constructor(
    private readonly server: { readonly url: string },
    readonly key: string,
  ) {}

  static async of(server: RunningServer): Promise<RegistryClient> {
    return new RegistryClient(server, await registryKey(server, await loginOwner(server)));
  }

  send(method: string, path: string, { body, headers = {} }: RegistryRequest = {}): Promise<Answer<OciErrors>> {
    return call<OciErrors>(this.server, method, path, { headers: { ...basicOf(this.key), ...headers }, ...(body === undefined ? {} : { raw: body }) });
  }

  /** Of a new upload: its location. */
  async open(name: string): Promise<string> {
    const answer = await this.send('POST', `/v2/${name}/blobs/uploads/`);
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`no upload: ${answer.status} ${answer.text}`);
    return location;
  }

  patch(location: string, body: Uint8Array, first?: number): Promise<Answer<OciErrors>> {
    const range = first === undefined ? {} : { 'content-range': `${first}-${first + body.length - 1}` };
    return this.send('PATCH', location, { body, headers: { 'content-type': 'application/octet-stream', ...range } });
  }

  finish(location: string, digest: string, body?: Uint8Array, first?: number): Promise<Answer<OciErrors>> {
    const range = first === undefined || body === undefined ? {} : { 'content-range': `${first}-${first + body.length - 1}` };
    return this.send('PUT', `${location}?digest=${digest}`, { headers: { 'content-type': 'application/octet-stream', ...range }, ...(body === undefined ? {} : { body }) });
  }

  /** Pushes a blob in two requests. */
  async pushBlob(name: string, bytes: Uint8Array, digest = digestOf(bytes)): Promise<Answer<OciErrors>> {
    return this.finish(await this.open(name), digest, bytes);
  }

  /** The text that was sent is returned: its digest is the manifest's. */
  putManifest(name: string, reference: string, manifest: object | string, mediaType = IMAGE): Promise<Answer<OciErrors>> {
    const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    return this.send('PUT', `/v2/${name}/manifests/${reference}`, { body, headers: { 'content-type': mediaType } });
  }

  /** As bytes: an answer of `send` is text. */
  async bytes(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
    const answer = await fetch(`${this.server.url}${path}`, { headers: { ...basicOf(this.key), ...headers } });
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  }
}
