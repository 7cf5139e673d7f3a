import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '#pure/canonical-json/json-value.js';
import { cloudEventOf, outlineOf, testEvent } from './cloud-event.js';

const ID = '0198c0de-0000-7000-8000-000000000001';
const AT = Date.UTC(2026, 10, 22, 12);
const body = (unmapped?: JsonObject): Buffer =>
  Buffer.from(JSON.stringify({ time: AT, class_uid: 3002, metadata: { event_code: 'auth.login', uid: ID }, actor: { user: { uid: 'u' } }, ...(unmapped === undefined ? {} : { unmapped }) }));

describe('an entry as a CloudEvent', () => {
  it('has every attribute that CloudEvents 1.0 demands, and the entry as its data', () => {
    assert.deepEqual(cloudEventOf('ledger.example.com/audit/1', ID, body({ rule: 'x' })), {
      specversion: '1.0',
      type: 'auth.login',
      source: '//ledger.example.com/audit/1',
      id: ID,
      time: '2026-11-22T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: JSON.parse(body({ rule: 'x' }).toString()) as JsonObject,
    });
  });

  it('says where it comes from as a reference that parsers take, whatever the host', () => {
    for (const origin of ['localhost:3000/audit/1', '127.0.0.1:3000/audit/2', '[::1]:3000/audit/1']) {
      const { source } = cloudEventOf(origin, ID, body()) as { source: string };
      assert.equal(new URL(source, 'https://base.example.com').pathname.startsWith('/audit/'), true, source);
    }
  });

  it('leaves out the ciphertext of personal data, and the member that would be empty without it', () => {
    const personal = [{ key: 'k', data: 'c2VjcmV0' }];
    assert.deepEqual((cloudEventOf('o', ID, body({ personal, rule: 'x' })) as { data: JsonObject }).data['unmapped'], { rule: 'x' });
    assert.ok(!('unmapped' in (cloudEventOf('o', ID, body({ personal })) as { data: JsonObject }).data));
    assert.ok(!JSON.stringify(cloudEventOf('o', ID, body({ personal }))).includes('c2VjcmV0'));
  });

  it('says of a test that it stands for no entry', () => {
    assert.partialDeepStrictEqual(testEvent('o', ID, new Date(AT), 'w'), { type: 'webhook.test', id: ID, data: { webhookId: 'w' } });
  });
});

describe('the outline of an entry', () => {
  it('is its code, its time and its project', () => {
    assert.deepEqual(outlineOf(body({ projectId: 'p' })), { code: 'auth.login', projectId: 'p', timeMillis: AT });
    assert.deepEqual(outlineOf(body()), { code: 'auth.login', projectId: null, timeMillis: AT });
    assert.deepEqual(outlineOf(body({ projectId: 7 })), { code: 'auth.login', projectId: null, timeMillis: AT });
  });

  it('is none of what is not shaped like an entry', () => {
    for (const text of ['{}', '[]', 'null', '"x"', '{"metadata":{}}', '{"metadata":{"event_code":"x"}}', '{"metadata":{"event_code":1},"time":1}', '{"n":1}']) assert.equal(outlineOf(Buffer.from(text)), null, text);
  });
});
