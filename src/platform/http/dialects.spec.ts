import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { DIALECTS, type Refusal } from './dialect-renderers.js';
import { challengeOf, CREDENTIAL_SCHEMES, lenientTarget, PREFIX_RULES, ruleOf } from './dialects.js';
import { credentialOf } from './credential.js';

const REFUSAL: Refusal = {
  code: 'blob-unknown',
  status: 404,
  title: 'There is no such blob.',
  detail: 'Nothing with that digest.',
  pointers: [{ pointer: 'path:digest', code: 'unknown', detail: 'a known digest' }],
  members: { bytesAllowed: 5, title: 'a member must not replace the title' },
  instance: '/v2/app/blobs/x',
  requestId: 'r-1',
};

describe('the rule of a path', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['/v1/simulations', 'problem', ['Bearer', 'DPoP']],
    ['/', 'problem', ['Bearer', 'DPoP']],
    ['', 'problem', ['Bearer', 'DPoP']],
    ['/v2', 'oci', ['Bearer', 'Basic']],
    ['/v2/', 'oci', ['Bearer', 'Basic']],
    ['/v2/app/blobs/uploads/', 'oci', ['Bearer', 'Basic']],
    ['/v2x', 'problem', ['Bearer', 'DPoP']],
    ['/v1/registry', 'problem', ['Bearer', 'DPoP']],
    ['/token', 'oci', ['Basic']],
    ['/tokens', 'problem', ['Bearer', 'DPoP']],
    ['/v1/auth/login', 'problem', ['Bearer', 'DPoP']],
    ['/v1/auth/token', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/v1/auth/token/lookup-self', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/v1/auth/approle/login', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/v1/auth/userpass/login/alice', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/v1/transitional', 'problem', ['Bearer', 'DPoP']],
    ['/v1/transit/keys/k', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/v1/sys/seal-status', 'vault', ['X-Vault-Token', 'Bearer']],
    ['/ionq/v0.4/jobs', 'ionq', ['apiKey', 'Bearer']],
    ['/oauth/token', 'oauth', ['Basic', 'Bearer', 'DPoP']],
    ['/.well-known/jwks.json', 'oauth', []],
    ['/health/live', 'health', []],
    ['/metrics', 'text', ['Bearer']],
  ];
  for (const [path, dialect, schemes] of cases) {
    it(`of '${path}' is ${dialect} with ${schemes.join(', ') || 'no credential'}`, () => {
      assert.equal(ruleOf(path).dialect.name, dialect);
      assert.deepEqual(ruleOf(path).schemes, schemes);
    });
  }

  it('is given once for each prefix, in known schemes, and needs no trailing slash', () => {
    assert.equal(new Set(PREFIX_RULES.map(({ prefix }) => prefix)).size, PREFIX_RULES.length);
    for (const { prefix, schemes } of PREFIX_RULES) {
      assert.ok(!prefix.endsWith('/'));
      for (const scheme of schemes) assert.ok(CREDENTIAL_SCHEMES.includes(scheme));
    }
  });

  it('challenges with the token endpoint where container clients ask', () => {
    const challenge = (path: string, refused = false): string => challengeOf(ruleOf(path), 'https://q.example:8443', refused, { method: 'GET', path, query: '' });
    assert.equal(challenge('/v2/'), 'Bearer realm="https://q.example:8443/token",service="q.example:8443"');
    assert.equal(challenge('/v2/red/app/tags/list', true), 'Bearer realm="https://q.example:8443/token",service="q.example:8443",scope="repository:red/app:pull",error="invalid_token"');
    assert.equal(challenge('/token', true), 'Basic realm="quantonium"');
    assert.equal(challenge('/ionq/v0.4/jobs'), 'apiKey realm="quantonium"');
    assert.equal(challenge('/v1/users', true), 'Bearer realm="quantonium", error="invalid_token"');
  });

  it('is of the registry exactly where container clients are answered in their dialect', () => {
    for (const rule of PREFIX_RULES) assert.equal(rule.service === 'registry', rule.dialect === DIALECTS.oci, rule.prefix);
  });

  it('is lenient exactly where Vault’s clients are answered in their dialect', () => {
    for (const rule of PREFIX_RULES) assert.equal(rule.lenient === true, rule.dialect === DIALECTS.vault, rule.prefix);
  });
});

describe('the target of a request', () => {
  const routed = (method: string, url: string): string => {
    const request = { method, url };
    const target = lenientTarget(request);
    assert.equal(request.url, url, 'what was asked stays as it was');
    return `${request.method} ${target}`;
  };
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['PUT is POST for Vault’s clients', 'PUT', '/v1/transit/encrypt/k', 'POST /v1/transit/encrypt/k'],
    ['PUT is POST at the prefix itself', 'PUT', '/v1/sys', 'POST /v1/sys'],
    ['two slashes are one, as sigstore writes them', 'PUT', '/v1/transit/verify/k//sha2-256', 'POST /v1/transit/verify/k/sha2-256'],
    ['however many, and wherever', 'GET', '//v1///transit//keys////k', 'GET /v1/transit/keys/k'],
    ['a query is not touched', 'GET', '/v1/transit//keys?list=true&after=a//b?c', 'GET /v1/transit/keys?list=true&after=a//b?c'],
    ['other methods stay', 'DELETE', '/v1/transit/keys/k', 'DELETE /v1/transit/keys/k'],
    ['an escaped slash is part of a name', 'GET', '/v1/transit/keys/a%2F%2Fb', 'GET /v1/transit/keys/a%2F%2Fb'],
    ['elsewhere PUT is PUT', 'PUT', '/v1/auth/password', 'PUT /v1/auth/password'],
    ['elsewhere two slashes are two', 'GET', '/v1//users', 'GET /v1//users'],
    ['a longer word is another prefix', 'PUT', '/v1/transitional//x', 'PUT /v1/transitional//x'],
    ['a query does not make a prefix', 'PUT', '/v2/?x=/v1/transit//keys', 'PUT /v2/?x=/v1/transit//keys'],
    ['the clients of IonQ that drop the prefix are given it', 'GET', '/v0.4/jobs?limit=1', 'GET /ionq/v0.4/jobs?limit=1'],
    ['so for the version before', 'PUT', '/v0.3/jobs/x/status/cancel', 'PUT /ionq/v0.3/jobs/x/status/cancel'],
    ['no other version is theirs', 'GET', '/v0.5/jobs', 'GET /v0.5/jobs'],
    ['dots are not walked', 'PUT', '/v2/../v1/transit/keys', 'PUT /v2/../v1/transit/keys'],
  ];
  for (const [sentence, method, url, expected] of cases) it(`${sentence}: ${method} ${url}`, () => assert.equal(routed(method, url), expected));

  it('of a request without one is the root', () => assert.equal(lenientTarget({}), '/'));
});

describe('a refusal', () => {
  it('is RFC 9457 by default, and its members cannot replace the registered ones', () => {
    assert.deepEqual(JSON.parse(DIALECTS.problem.body(REFUSAL)), {
      type: 'urn:quantonium:problem:blob-unknown',
      title: 'There is no such blob.',
      status: 404,
      detail: 'Nothing with that digest.',
      instance: '/v2/app/blobs/x',
      requestId: 'r-1',
      bytesAllowed: 5,
      errors: [{ pointer: 'path:digest', code: 'unknown', detail: 'a known digest' }],
    });
    assert.equal(DIALECTS.problem.contentType, 'application/problem+json');
  });

  it('has a code of the OCI list for container clients', () => {
    const codeOf = (code: string, status: number): string => (JSON.parse(DIALECTS.oci.body({ ...REFUSAL, code, status })) as { errors: { code: string }[] }).errors[0]!.code;
    assert.equal(codeOf('blob-unknown', 404), 'BLOB_UNKNOWN');
    assert.equal(codeOf('unauthenticated', 401), 'UNAUTHORIZED');
    assert.equal(codeOf('forbidden', 403), 'DENIED');
    assert.equal(codeOf('not-found', 404), 'NAME_UNKNOWN');
    assert.equal(codeOf('too-many-requests', 429), 'TOOMANYREQUESTS');
    assert.equal(codeOf('body-too-large', 413), 'SIZE_INVALID');
    assert.equal(codeOf('method-not-allowed', 405), 'UNSUPPORTED');
    assert.equal(codeOf('internal-error', 500), 'UNKNOWN');
  });

  it('is a list of sentences for Vault’s clients', () => {
    assert.deepEqual(JSON.parse(DIALECTS.vault.body(REFUSAL)), { errors: ['Nothing with that digest.', 'path:digest: a known digest'] });
  });

  it('names a wrong field to Vault’s clients in the first sentence, which some show alone', () => {
    const pointers = [{ pointer: '/ttl', code: 'wrong-type', detail: 'an integer' }];
    assert.deepEqual(JSON.parse(DIALECTS.vault.body({ ...REFUSAL, code: 'invalid-request', status: 422, detail: 'an integer', pointers })), { errors: ['/ttl: an integer'] });
  });

  it('knows neither 401 nor 422 for Vault’s clients, who compare the first sentence', () => {
    const shown = (code: string, status: number): readonly [number, string[]] => {
      const refusal = { code, status, title: 'Said.', instance: '/v1/transit/keys', requestId: 'r' };
      return [DIALECTS.vault.statusOf(refusal), (JSON.parse(DIALECTS.vault.body(refusal)) as { errors: string[] }).errors];
    };
    assert.deepEqual(shown('unauthenticated', 401), [403, ['permission denied', 'Said.']]);
    assert.deepEqual(shown('forbidden', 403), [403, ['permission denied', 'Said.']]);
    assert.deepEqual(shown('invalid-request', 422), [400, ['Said.']]);
    assert.deepEqual(shown('not-found', 404), [404, []], 'what is not there is said by the status alone');
    assert.deepEqual(shown('transit-key-unknown', 404), [404, ['Said.']]);
    for (const status of [400, 405, 409, 412, 413, 415, 429, 473, 500, 503]) assert.deepEqual(shown('other', status), [status, ['Said.']]);
  });

  it('is RFC 6749 for OAuth, which knows no 422 and no quotes in a description', () => {
    const shown = (code: string, status: number, detail = 'x'): unknown => JSON.parse(DIALECTS.oauth.body({ ...REFUSAL, code, status, detail }));
    assert.deepEqual(shown('invalid-grant', 400), { error: 'invalid_grant', error_description: 'x' });
    assert.deepEqual(shown('invalid-request', 422, 'a "quoted" \\ ü'), { error: 'invalid_request', error_description: 'a ?quoted? ? ?' });
    assert.deepEqual(shown('unauthenticated', 401), { error: 'invalid_client', error_description: 'x' });
    assert.deepEqual(shown('internal-error', 500), { error: 'server_error', error_description: 'x' });
    assert.equal(DIALECTS.oauth.statusOf({ ...REFUSAL, status: 422 }), 400);
    assert.equal(DIALECTS.oauth.statusOf({ ...REFUSAL, status: 401 }), 401);
  });

  it('is IonQ’s for IonQ’s clients, says nothing at a probe, and is a line of text for a scraper', () => {
    assert.deepEqual(JSON.parse(DIALECTS.ionq.body(REFUSAL)), { statusCode: 404, error: 'Not Found', message: 'Nothing with that digest. path:digest: a known digest' });
    assert.deepEqual(JSON.parse(DIALECTS.health.body(REFUSAL)), { status: 'error' });
    assert.equal(DIALECTS.text.body(REFUSAL), 'Nothing with that digest.\n');
  });
});

describe('the credential of a request', () => {
  const rule = ruleOf('/v1/users');
  const of = (...lines: string[]): unknown => credentialOf(lines, rule);

  it('is the one in the one Authorization line', () => {
    assert.deepEqual(of('Host', 'x', 'AUTHORIZATION', 'Bearer abc.DEF-1_2~3+4/5=='), { scheme: 'Bearer', value: 'abc.DEF-1_2~3+4/5==' });
    assert.deepEqual(of('authorization', 'bearer a'), { scheme: 'Bearer', value: 'a' }, 'schemes have no case');
    assert.deepEqual(of('authorization', 'dpop a'), { scheme: 'DPoP', value: 'a' });
  });

  it('is null when there is none', () => {
    assert.equal(of('Host', 'x'), null);
    assert.equal(of('Host', 'authorization'), null, 'a value is not a name');
    assert.equal(of('X-Vault-Token', 't'), null, 'a header that means nothing here is not looked at');
  });

  for (const value of ['', 'Bearer', 'Bearer ', 'Bearer  a', 'Bearer\ta', 'Bearer\u00a0a', ' Bearer a', 'Bearer a b', 'Bearer a,b', 'Bearer =a', 'Bearer a=b', 'Basic YTpi', 'DPoP', 'DPoP a b', 'apiKey a', 'Digest a', 'a']) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => of('Authorization', value), (error: unknown) => error instanceof Fault && error.kind.code === 'unauthenticated');
    });
  }

  it('refuses two lines, equal or not, and two kinds', () => {
    const isRefused = (work: () => unknown) => assert.throws(work, Fault);
    isRefused(() => of('Authorization', 'Bearer a', 'authorization', 'Bearer a'));
    isRefused(() => of('Authorization', 'Bearer a', 'authorization', 'Bearer b'));
    isRefused(() => credentialOf(['Authorization', 'Bearer a', 'X-Vault-Token', 'b'], ruleOf('/v1/transit/keys')));
    isRefused(() => credentialOf(['X-Vault-Token', 'a', 'x-vault-token', 'a'], ruleOf('/v1/transit/keys')));
  });

  for (const { prefix } of PREFIX_RULES.filter(({ lenient }) => lenient === true)) {
    it(`is one kind of token in either header under ${prefix}`, () => {
      const expected = { scheme: 'X-Vault-Token', value: 'qvt_b' };
      assert.deepEqual(credentialOf(['X-VAULT-TOKEN', 'qvt_b'], ruleOf(`${prefix}/x`)), expected);
      assert.deepEqual(credentialOf(['authorization', 'Bearer qvt_b'], ruleOf(`${prefix}/x`)), expected);
    });

    for (const lines of [['X-Vault-Token', ''], ['X-Vault-Token', 'a b'], ['X-Vault-Token', 'ä'], ['Authorization', 'X-Vault-Token a'], ['Authorization', 'Basic YTpi'], ['Authorization', 'DPoP a']]) {
      it(`refuses ${JSON.stringify(lines)} under ${prefix}`, () => assert.throws(() => credentialOf(lines, ruleOf(prefix)), Fault));
    }
  }
});
