import { artifactDigestsOf, orderDigest } from '#pure/digest/order-digest.js';
import type { RunOrder } from './job.js';

/** What has room in an entry of 16 KiB beside everything else: 9 KiB of the longer digests. The order's digest covers all. */
export const TOLD_MAX = 64;

/**
 * What the entries of the submission and of the end say of the order, each from what was there to be read then. Of a program
 * that was named by reference the request has neither text nor, perhaps, language: who holds it against the entry is told both.
 */
export function orderFacts(order: RunOrder): { readonly orderDigest: string; readonly language?: string; readonly artifactDigests?: readonly string[] } {
  const artifactDigests = artifactDigestsOf(order.programReferences);
  const digest = orderDigest({ ...order, artifactDigests });
  if (artifactDigests.length === 0) return { orderDigest: digest };
  return { orderDigest: digest, language: order.language, ...(artifactDigests.length > TOLD_MAX ? {} : { artifactDigests }) };
}
