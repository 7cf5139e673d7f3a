import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { formatAccessScope } from '#pure/oci/access-scope.js';
import { readTokenForm, readTokenQuery, SCOPES_MAX, type TokenRequest } from './token-request.js';

const SERVICE = 'quantonium.example:8443';
const KEY = 'qak_4fT0pQm2Zx9B_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg0aB1cD';

const query = (text: string): TokenRequest => readTokenQuery(`/token${text}`, SERVICE);
const form = (fields: Readonly<Record<string, string>>) => readTokenForm(new Map(Object.entries({ grant_type: 'password', username: 'x', password: KEY, ...fields })), SERVICE);
const scopesOf = ({ access }: TokenRequest): readonly string[] => access.map(formatAccessScope);
/** Code, place and kind of what it is refused for. */
const refusal = (work: () => unknown): readonly unknown[] => {
  try {
    work();
    return ['done'];
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return [error.kind.code, ...(error.context.pointers ?? []).flatMap(({ pointer, code }) => [pointer, code])];
  }
};

describe('what is asked of a token of the registry', () => {
  /** By the same text in both ways. */
  const SCOPES: readonly (readonly [what: string, asked: string, read: readonly string[]])[] = [
    ['one action', 'repository:default/app:pull', ['repository:default/app:pull']],
    ['several, in whatever order', 'repository:app:push,pull', ['repository:app:pull,push']],
    ['every action', 'repository:default/app:*', ['repository:default/app:pull,push,delete']],
    ['several resources', 'repository:a:pull repository:b:push', ['repository:a:pull', 'repository:b:push']],
    ['the catalogue', 'registry:catalog:*', ['registry:catalog:*']],
    ['spaces about it', '  repository:a:pull   registry:catalog:*  ', ['repository:a:pull', 'registry:catalog:*']],
    ['nothing', '', []],
    ['an action that nobody knows, beside one', 'repository:a:pull,fly', ['repository:a:pull']],
    ['only such', 'repository:a:fly', []],
    ['a type that nobody knows', 'repository(plugin):a:pull plugin:a:pull', []],
    ['the name of another registry, with its port', 'repository:localhost:5000/app:pull', []],
    ['names that are none', 'repository:../etc:pull repository:App:pull repository::pull repository:a//b:pull', []],
    ['what is no scope', 'pull', []],
  ];
  for (const [what, asked, read] of SCOPES) {
    it(`is read alike from a query and from a form: ${what}`, () => {
      assert.deepEqual(scopesOf(query(`?scope=${encodeURIComponent(asked)}`)), read);
      assert.deepEqual(scopesOf(form({ scope: asked })), read);
    });
  }

  it('may come in several parameters of a query, each with several', () => {
    assert.deepEqual(scopesOf(query('?scope=repository:a:pull&service=quantonium.example:8443&scope=repository:b:pull+repository:c:pull')), ['repository:a:pull', 'repository:b:pull', 'repository:c:pull']);
    assert.deepEqual(scopesOf(query('')), []);
  });

  it('is at most sixteen scopes, those counted that nobody knows', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, n) => (n % 2 === 0 ? `repository:a${n}:pull` : 'nothing')).join(' ');
    assert.equal(scopesOf(query(`?scope=${encodeURIComponent(many(SCOPES_MAX))}`)).length, SCOPES_MAX / 2);
    assert.deepEqual(refusal(() => query(`?scope=${encodeURIComponent(many(SCOPES_MAX + 1))}`)), ['parameter-invalid', 'query:scope', 'too-many']);
    assert.deepEqual(refusal(() => query(`?${'scope=repository:a:pull&'.repeat(SCOPES_MAX + 1)}`)), ['parameter-invalid', 'query:scope', 'too-many']);
    assert.deepEqual(refusal(() => form({ scope: many(SCOPES_MAX + 1) })), ['parameter-invalid', '/scope', 'too-many']);
  });

  it('is asked of this service, or of none in particular', () => {
    for (const read of [query(`?service=${SERVICE}`), query(''), form({ service: SERVICE }), form({})]) assert.deepEqual(read.access, []);
    for (const other of ['quantonium.example', 'evil.example', 'QUANTONIUM.EXAMPLE:8443', '']) {
      assert.deepEqual(refusal(() => query(`?service=${other}`)), ['parameter-invalid', 'query:service', 'unknown-service'], other);
      assert.deepEqual(refusal(() => form({ service: other })), ['parameter-invalid', '/service', 'unknown-service'], other);
    }
  });

  it('is something to keep where it says so in the words of its way, and in no others', () => {
    const asked = [query('?offline_token=true'), query('?offline_token=1'), query('?access_type=offline'), query(''), form({ access_type: 'offline' }), form({ access_type: 'online' }), form({ offline_token: 'true' }), form({})];
    assert.deepEqual(asked.map(({ isOffline }) => isOffline), [true, false, false, false, true, false, false, false]);
  });

  it('is proven in a form by what its grant names, and by nothing else that is there', () => {
    assert.deepEqual(form({ refresh_token: 'other' }).proof, { kind: 'password', secret: KEY });
    assert.deepEqual(form({ grant_type: 'refresh_token', refresh_token: 'kept' }).proof, { kind: 'refresh_token', secret: 'kept' });
    assert.deepEqual(refusal(() => form({ grant_type: 'refresh_token' })), ['unauthenticated']);
    assert.deepEqual(refusal(() => readTokenForm(new Map([['grant_type', 'password'], ['refresh_token', 'kept']]), SERVICE)), ['unauthenticated']);
    for (const grant of ['', 'client_credentials', 'authorization_code', 'PASSWORD']) assert.deepEqual(refusal(() => form({ grant_type: grant })), ['parameter-invalid', '/grant_type', 'unknown-grant'], grant);
    assert.deepEqual(refusal(() => readTokenForm(new Map(), SERVICE)), ['parameter-invalid', '/grant_type', 'unknown-grant']);
  });

  it('is refused without naming what was sent as a secret', () => {
    for (const wrong of [{ grant_type: 'x' }, { service: 'x' }, { scope: 'a '.repeat(20) }]) {
      assert.throws(() => form(wrong), (error: Fault) => !JSON.stringify({ ...error, message: error.message, context: error.context }).includes(KEY));
    }
  });
});
