import { type ContentDigest, contentDigestOf } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { Uploads } from '../../src/modules/registry/blobs/uploads.js';
import { ManifestPush } from '../../src/modules/registry/manifests/manifest-push.js';
import { CONFIG, descriptorOf, IMAGE } from './registry-client.js';
import type { Replica } from './simulation.js';

/** A body as it comes, in pieces. */
export async function* bytesOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export interface Layer {
  readonly type: string;
  readonly bytes: Buffer;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const manifestBytes = (mediaType: string, members: object): Buffer => Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...members }));

/** A tag, or so many of them beside the digest. */
type Names = string | readonly string[];

/** Puts into a registry by its engine, as one principal. */
export class RegistryContents {
  constructor(
    private readonly replica: Replica,
    private readonly who: Principal,
  ) {}

  async blob(name: string, bytes: Buffer, digest: ContentDigest = contentDigestOf(bytes)): Promise<ContentDigest> {
    await this.replica.get(Uploads).put(this.who, { name, bytes: bytesOf(bytes), declaredBytes: bytes.length }, digest);
    return digest;
  }

  /** Its digest. */
  async manifest(name: string, bytes: Buffer, names: Names, contentType = IMAGE): Promise<string> {
    const [reference, tags] = typeof names === 'string' ? [{ tag: names }, []] : [{ digest: contentDigestOf(bytes) }, names];
    return (await this.replica.get(ManifestPush).put(this.who, { name, reference, contentType, bytes, tags })).digest;
  }

  /** With its blobs before it, and a configuration that says nothing. Its digest. */
  async image(name: string, layers: readonly Layer[], names: Names, members: object = {}): Promise<string> {
    const config = Buffer.from('{}');
    for (const bytes of [config, ...layers.map((layer) => layer.bytes)]) await this.blob(name, bytes);
    const described = layers.map(({ type, bytes, annotations }) => ({ ...descriptorOf(type, bytes), ...(annotations === undefined ? {} : { annotations }) }));
    return this.manifest(name, manifestBytes(IMAGE, { config: descriptorOf(CONFIG, config), layers: described, ...members }), names);
  }
}
