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
  /** A mount needs two repositories, and a client has one token a request. */
  const mounts: readonly (readonly [string, string, string])[] = [
    [`mount=${DIGEST}&from=blue/app`, 'POST', 'repository:red/app:pull,push repository:blue/app:pull'],
    [`from=blue/app&mount=${DIGEST}`, 'POST', 'repository:red/app:pull,push repository:blue/app:pull'],
    [`mount=${encodeURIComponent(DIGEST)}&from=blue%2Fapp`, 'POST', 'repository:red/app:pull,push repository:blue/app:pull'],
    [`mount=${DIGEST}&from=red/app`, 'POST', 'repository:red/app:pull,push'],
    [`mount=${DIGEST}`, 'POST', 'repository:red/app:pull,push'],
    ['from=blue/app', 'POST', 'repository:red/app:pull,push'],
    [`mount=${DIGEST}&from=a" realm="https://evil.example`, 'POST', 'repository:red/app:pull,push'],
    [`mount=${DIGEST}&from=Blue`, 'POST', 'repository:red/app:pull,push'],
    [`mount=${DIGEST}&from=../x`, 'POST', 'repository:red/app:pull,push'],
    [`mount=${DIGEST}&from=blue/app`, 'GET', 'repository:red/app:pull,push'],
  ];
  for (const [query, method, scope] of mounts) it(`of ${method} …?${query} is ${scope}`, () => assert.equal(scopeOfRequest(method, '/v2/red/app/blobs/uploads/', query), scope));

  it('has a second repository for nothing but a mount', () => {
    for (const path of [`/v2/red/app/blobs/uploads/${UPLOAD}`, '/v2/red/app/manifests/1.0']) assert.equal(scopeOfRequest('POST', path, `mount=${DIGEST}&from=blue/app`)?.includes('blue'), false, path);
  });

  for (const [method, path, scope] of cases) it(`of ${method} ${path} is ${scope}`, () => assert.equal(scopeOfRequest(method, path), scope));
});

describe('the challenge of the registry', () => {
  it('says where a token comes from and which, without spaces', () => {
    assert.equal(registryChallenge('https://q.example:8443', null, null), 'Bearer realm="https://q.example:8443/token",service="q.example:8443"');
    assert.equal(registryChallenge('https://q.example', 'repository:a/b:pull', 'insufficient_scope'), 'Bearer realm="https://q.example/token",service="q.example",scope="repository:a/b:pull",error="insufficient_scope"');
  });
});
