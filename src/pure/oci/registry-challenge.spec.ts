import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { registryChallenge, scopeOfRequest } from './registry-challenge.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const UPLOAD = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';

describe('the scope that a request to the registry needs', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['GET', '/v2/', null],
    ['GET', '/v2', null],
    ['GET', '/v2/_catalog', 'registry:catalog:*'],
    ['GET', '/v2/app/tags/list', 'repository:app:pull'],
    ['HEAD', `/v2/red/app/blobs/${DIGEST}`, 'repository:red/app:pull'],
    ['GET', '/v2/red/app/manifests/1.0', 'repository:red/app:pull'],
    ['GET', `/v2/red/app/referrers/${DIGEST}`, 'repository:red/app:pull'],
    ['POST', '/v2/red/app/blobs/uploads/', 'repository:red/app:pull,push'],
    ['GET', `/v2/red/app/blobs/uploads/${UPLOAD}`, 'repository:red/app:pull,push'],
    ['PATCH', `/v2/red/app/blobs/uploads/${UPLOAD}`, 'repository:red/app:pull,push'],
    ['DELETE', `/v2/red/app/blobs/uploads/${UPLOAD}`, 'repository:red/app:pull,push'],
    ['PUT', '/v2/red/app/manifests/1.0', 'repository:red/app:pull,push'],
    ['DELETE', '/v2/red/app/manifests/1.0', 'repository:red/app:delete'],
    ['DELETE', `/v2/red/app/blobs/${DIGEST}`, 'repository:red/app:delete'],
    ['OPTIONS', '/v2/red/app/manifests/1.0', null],
    ['GET', '/v2/App/manifests/1.0', null],
    ['GET', '/v2/a"b/manifests/1.0', null],
    ['GET', '/v2/nothing', null],
  ];
  for (const [method, path, scope] of cases) it(`of ${method} ${path} is ${scope}`, () => assert.equal(scopeOfRequest(method, path), scope));
});

describe('the challenge of the registry', () => {
  it('says where a token comes from and which, without spaces', () => {
    assert.equal(registryChallenge('https://q.example:8443', null, null), 'Bearer realm="https://q.example:8443/token",service="q.example:8443"');
    assert.equal(registryChallenge('https://q.example', 'repository:a/b:pull', 'insufficient_scope'), 'Bearer realm="https://q.example/token",service="q.example",scope="repository:a/b:pull",error="insufficient_scope"');
  });
});
