import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStoreConfig } from '#platform/config/config.js';

/**
 * The client of an object store. Its key is said to have ended already, so that it is asked for again at each request: it may
 * be exchanged beneath the client. Loaded by whoever has a bucket.
 *
 * @param attemptsMax of one request, for failures that may pass.
 */
export function s3ClientOf(store: ObjectStoreConfig, attemptsMax: number): S3Client {
  const { endpoint, region } = store;
  const credentials = (): Promise<{ accessKeyId: string; secretAccessKey: string; expiration: Date }> =>
    Promise.resolve({ accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey, expiration: new Date(0) });
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: attemptsMax });
}
