import { createHmac } from 'node:crypto';

/**
 * The Standard Webhooks specification, symmetric: each message is signed with HMAC-SHA256 over its id, the time of the
 * attempt and its body, so that a receiver can tell who sent it, that it is whole, and that it is not an old one.
 */
export const WEBHOOK_SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';

/** A secret as its receiver is shown it. Read where it lies: a copy would stay in the pool of small buffers. */
export function webhookSecretText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return `${SECRET_PREFIX}${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
}

/**
 * The headers of an attempt. With several secrets there are several signatures, of which one must hold: during a
 * rotation the receiver may know either.
 * @param id of the message, the same at every attempt; without a dot, which parts what is signed.
 */
export function webhookHeaders(id: string, timestampSeconds: number, body: Uint8Array, secrets: readonly Uint8Array[]): Readonly<Record<string, string>> {
  if (id.includes('.')) throw new RangeError('a webhook-id has no dot');
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestampSeconds}.`).update(body).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': signatures.join(' ') };
}
