import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { webhookHeaders, webhookSecretText } from './standard-webhook.js';

/** Of the specification's own implementations: tests/webhook_test of standard-webhooks. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const secretOf = (text: string): Buffer => Buffer.from(text.slice('whsec_'.length), 'base64');
const NOW = Math.floor(Date.now() / 1000);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

describe('signatures of webhooks', () => {
  it('are those of the published vector', () => {
    const { secret, id, timestamp, body, signature } = VECTOR;
    assert.deepEqual(webhookHeaders(id, timestamp, Buffer.from(body), [secretOf(secret)]), { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature });
  });

  it('are believed by an independent receiver, for any body, and for no other', () => {
    fc.assert(
      fc.property(bytes(32), fc.json(), (secret, body) => {
        const headers = { ...webhookHeaders('0198c0de-0000-7000-8000-000000000001', NOW, Buffer.from(body), [secret]) };
        const receiver = new Webhook(webhookSecretText(secret));
        assert.doesNotThrow(() => receiver.verify(body, headers));
        assert.throws(() => receiver.verify(`${body} `, headers), WebhookVerificationError);
        assert.throws(() => receiver.verify(body, { ...headers, 'webhook-id': 'another' }), WebhookVerificationError);
        assert.throws(() => receiver.verify(body, { ...headers, 'webhook-timestamp': String(NOW + 1) }), WebhookVerificationError);
      }),
      { numRuns: 50 },
    );
  });

  it('are not believed six minutes later', () => {
    const secret = Buffer.alloc(32, 1);
    const headers = { ...webhookHeaders('a', NOW - 360, Buffer.from('{}'), [secret]) };
    assert.throws(() => new Webhook(webhookSecretText(secret)).verify('{}', headers), WebhookVerificationError);
  });

  it('are one a secret, of which either is enough, and a third is not', () => {
    const [now, former, other] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill));
    const headers = { ...webhookHeaders('a', NOW, Buffer.from('{}'), [now!, former!]) };
    assert.match(headers['webhook-signature']!, /^v1,\S+ v1,\S+$/);
    for (const secret of [now!, former!]) assert.doesNotThrow(() => new Webhook(webhookSecretText(secret)).verify('{}', headers));
    assert.throws(() => new Webhook(webhookSecretText(other!)).verify('{}', headers), WebhookVerificationError);
  });

  it('refuse an id with a dot, which would shift what is signed', () => assert.throws(() => webhookHeaders('a.b', NOW, Buffer.alloc(0), []), RangeError));
});
