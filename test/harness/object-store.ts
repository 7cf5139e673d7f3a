import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStoreConfig } from '#platform/config/config.js';

/** It comes without types. */
type Server = { run(): Promise<AddressInfo>; close(): Promise<void> };
const { default: S3rver } = (await import('s3rver' as string)) as { default: new (options: object) => Server };

/** A server that speaks S3, with one bucket, in this process. */
export interface ObjectStore {
  readonly settings: ObjectStoreConfig;
  close(): Promise<void>;
}

export async function openObjectStore(bucket: string): Promise<ObjectStore> {
  const directory = mkdtempSync(join(tmpdir(), 'quantonium-s3-'));
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: bucket, configs: [] }] });
  const { port } = await server.run();
  return {
    settings: { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
