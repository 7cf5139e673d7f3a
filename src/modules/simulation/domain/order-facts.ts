import { artifactDigestsOf, orderDigest } from '#pure/digest/order-digest.js';
import type { RunOrder } from './job.js';

/**
 * What the entries of the submission and of the end say of the order, each from what was there to be read then. Of a program
 * that was named by reference the request has neither text nor, perhaps, language: who holds it against the entry is told both.
 */
export function orderFacts(order: RunOrder): { readonly orderDigest: string; readonly artifactDigests?: readonly string[]; readonly language?: string } {
  const artifactDigests = artifactDigestsOf(order.programReferences);
  const digest = orderDigest({ ...order, artifactDigests });
  return artifactDigests.length === 0 ? { orderDigest: digest } : { orderDigest: digest, artifactDigests, language: order.language };
}
