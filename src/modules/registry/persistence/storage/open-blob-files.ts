import { join } from 'node:path';
import type { Config } from '#platform/config/config.js';
import type { BlobFiles } from './blob-files.js';
import { FilesystemBlobFiles } from './filesystem-blob-files.js';

/** The registry's part of the data directory: blobs, where no bucket has them, and uploads that are under way. */
export function registryDirectory({ dataDirectory }: Pick<Config, 'dataDirectory'>): string {
  return join(dataDirectory, 'registry');
}

/** The one place that chooses where bytes are kept. The client of buckets is loaded by whoever has one: it is a tenth of what an engine's modules take to load. */
export async function openBlobFiles(config: Config): Promise<BlobFiles> {
  const { registry: { bucket }, objectStore } = config;
  if (bucket === null || objectStore === null) return new FilesystemBlobFiles(registryDirectory(config));
  const { S3BlobFiles } = await import('./s3-blob-files.js');
  return new S3BlobFiles({ store: objectStore, bucket });
}
