import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { BodyLimit, Public, Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, CurrentPrincipal, RequestId, VaultNamespace } from '#platform/http/parameters.js';
import { vaultAnswer, vaultAnswerOf, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { base64, integer, parseVaultBody, readFields, text } from '#platform/http/vault-fields.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { CAN } from '../../test/harness/things.controller.js';

const FIELDS = { plaintext: base64({ example: 'aGk=' }), key_version: integer({ min: 0, max: 10 }, { example: 1 }, 0), name: text({ example: 'k' }) };

@Controller('v1/transit')
class EchoController {
  @Post('encrypt/:name')
  @HttpCode(200)
  @Requires(CAN['thing:make'])
  @Unaudited('test')
  @UnparsedBody()
  @BodyLimit(300_000)
  encrypt(@Param('name') name: string, @BodyBytes() bytes: Buffer, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @CurrentPrincipal() { id }: Principal): VaultEnvelope {
    const { plaintext, key_version: version } = readFields(FIELDS, parseVaultBody(bytes));
    return vaultAnswer(requestId, { data: { name, namespace, version, id, sizeBytes: plaintext?.length ?? null } });
  }

  @Get('raw')
  @Public('test')
  @Unaudited('test')
  raw(@RequestId() requestId: string): unknown {
    return JSON.parse(vaultAnswerOf(requestId, Buffer.from('{"a":1}')).toString());
  }

  @Get('absent')
  @Public('test')
  @Unaudited('test')
  absent(): never {
    throw new Fault(REQUEST_FAULTS['not-found']);
  }

  @Delete('keys/:name')
  @HttpCode(204)
  @Requires(CAN['thing:make'])
  @Unaudited('test')
  remove(): void {}
}

/** The same outside the prefixes: a route that takes bytes is no lenient route. */
@Controller('bytes')
class BytesController {
  @Put()
  @Requires(CAN['thing:make'])
  @Unaudited('test')
  @UnparsedBody()
  put(@BodyBytes() bytes: Buffer): object {
    return { sizeBytes: bytes.length };
  }
}

describe('a route in the dialect of Vault', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([EchoController, BytesController])));
  after(() => server.close());

  const TOKEN = { 'x-vault-token': 'good-ann' };
  const ask = async (method: string, path: string, headers: Record<string, string> = TOKEN, body?: string | Buffer) => {
    const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, text: answer, body: (answer === '' ? null : JSON.parse(answer)) as { data: Record<string, unknown>; errors: string[]; request_id: string } };
  };

  for (const method of ['POST', 'PUT']) {
    it(`is written by ${method}, with either header, and answers in the envelope`, async () => {
      for (const headers of [TOKEN, { authorization: 'Bearer good-ann' }]) {
        const { status, body, headers: answered } = await ask(method, '/v1/transit/encrypt/k', headers, '{"plaintext":"aGk=","key_version":"7"}');
        assert.equal(status, 200);
        const { request_id: requestId, ...rest } = body;
        assert.equal(requestId, answered.get('x-request-id'));
        const data = { name: 'k', namespace: null, version: 7, id: 'ann', sizeBytes: 2 };
        assert.deepEqual(rest, { lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null, warnings: null, auth: null, mount_type: 'transit' });
      }
    });
  }

  it('is reached through two slashes', async () => assert.equal((await ask('PUT', '//v1//transit/encrypt//k')).body.data['name'], 'k'));

  for (const type of ['text/plain;charset=UTF-8', 'application/octet-stream', 'application/x-www-form-urlencoded', 'application/json']) {
    it(`reads JSON that is announced as ${type}`, async () => {
      assert.equal((await ask('POST', '/v1/transit/encrypt/k', { ...TOKEN, 'content-type': type }, '{"plaintext":"aGk=","name":"k","unknown":[{}]}')).body.data['sizeBytes'], 2);
    });
  }

  it('takes no body for an empty one', async () => assert.equal((await ask('POST', '/v1/transit/encrypt/k')).body.data['sizeBytes'], null));

  it('is told of its project by one X-Vault-Namespace, with the slashes that clients add', async () => {
    const namespaceOf = async (value: string): Promise<unknown> => (await ask('POST', '/v1/transit/encrypt/k', { ...TOKEN, 'x-vault-namespace': value })).body.data['namespace'];
    assert.deepEqual(await Promise.all(['red', 'red/', '/red/', '', '/', 'root', 'a/b'].map(namespaceOf)), ['red', 'red', 'red', null, null, null, 'a/b']);
  });

  const refusals: readonly (readonly [string, Parameters<typeof ask>, number, RegExp])[] = [
    ['without a credential', ['POST', '/v1/transit/encrypt/k', {}], 403, /^permission denied$/],
    ['with a wrong one', ['POST', '/v1/transit/encrypt/k', { 'x-vault-token': 'wrong' }], 403, /^permission denied$/],
    ['with two', ['POST', '/v1/transit/encrypt/k', { ...TOKEN, authorization: 'Bearer good-ann' }], 403, /^permission denied$/],
    ['to whom policy does not grant it', ['POST', '/v1/transit/encrypt/k', { 'x-vault-token': 'good-stranger' }], 403, /^permission denied$/],
    ['a wrong member, named', ['POST', '/v1/transit/encrypt/k', TOKEN, '{"key_version":1.5}'], 400, /^\/key_version: an integer$/],
    ['what is not JSON', ['POST', '/v1/transit/encrypt/k', TOKEN, '{"plaintext":'], 400, /^At byte 13/],
    ['a duplicate member', ['POST', '/v1/transit/encrypt/k', TOKEN, '{"plaintext":"aGk=","plaintext":"aGk="}'], 400, /^At byte/],
    ['a body beyond the limit', ['POST', '/v1/transit/encrypt/k', TOKEN, Buffer.alloc(300_001, 0x20)], 413, /larger/],
    ['an encoded body', ['POST', '/v1/transit/encrypt/k', { ...TOKEN, 'content-encoding': 'gzip' }, '{}'], 415, /content encoding/],
    ['what is no media type', ['POST', '/v1/transit/encrypt/k', { ...TOKEN, 'content-type': 'nonsense' }, '{}'], 415, /content type/],
    ['another method', ['PATCH', '/v1/transit/encrypt/k'], 405, /method/],
  ];
  for (const [who, parts, status, message] of refusals) {
    it(`refuses ${who} with ${status}`, async () => {
      const answer = await ask(...parts);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.body.errors[0]!, message);
      assert.equal(answer.headers.get('content-type'), 'application/json');
    });
  }

  it('says nothing of what is not there', async () => {
    for (const path of ['/v1/transit/absent', '/v1/transit/no/such/route']) assert.deepEqual(await ask('GET', path).then(({ status, body }) => [status, body.errors]), [404, []]);
  });

  it('has a 204 without a body, and an envelope around bytes', async () => {
    assert.deepEqual(await ask('DELETE', '/v1/transit/keys/k').then(({ status, text: body }) => [status, body]), [204, '']);
    const { request_id: requestId, ...rest } = (await ask('GET', '/v1/transit/raw')).body;
    const { request_id: _, ...expected } = vaultAnswer(requestId, { data: { a: 1 } });
    assert.deepEqual(rest, expected);
  });

  it('is the exception: elsewhere bytes are taken by their own method and path, and Bearer alone', async () => {
    const put = await ask('PUT', '/bytes', { authorization: 'Bearer good-ann', 'content-type': 'text/weird' }, Buffer.alloc(10));
    assert.deepEqual([put.status, put.text], [200, '{"sizeBytes":10}']);
    assert.equal((await ask('POST', '/bytes', { authorization: 'Bearer good-ann' })).status, 405);
    assert.equal((await ask('PUT', '//bytes', { authorization: 'Bearer good-ann' })).status, 404);
    assert.equal((await ask('PUT', '/bytes', TOKEN)).status, 401);
  });
});
