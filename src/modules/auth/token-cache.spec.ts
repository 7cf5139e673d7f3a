import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessTokenClaims } from './domain/access-token.js';
import { TokenCache } from './token-cache.js';

const NOW = 1_780_000_000_000;
const claims = (expiresAtSeconds: number): AccessTokenClaims => ({ expiresAtSeconds }) as AccessTokenClaims;
const LONG = claims(NOW / 1000 + 600);

describe('token cache', () => {
  it('remembers for a minute, and using an entry does not prolong it', () => {
    const cache = new TokenCache();
    cache.put('a', LONG, NOW);
    assert.equal(cache.get('a', NOW + 59_999), LONG);
    assert.equal(cache.get('a', NOW + 60_000), null);
    assert.equal(cache.get('a', NOW), null, 'what was stale is gone');
  });

  it('does not remember beyond the expiry of the token', () => {
    const cache = new TokenCache();
    cache.put('a', claims(NOW / 1000 + 10), NOW);
    assert.notEqual(cache.get('a', NOW + 9_999), null);
    assert.equal(cache.get('a', NOW + 10_000), null);
  });

  it('gives up the one that was used longest ago when there are more than ten thousand', () => {
    const cache = new TokenCache();
    for (let at = 0; at < 10_000; at += 1) cache.put(`t${at}`, LONG, NOW);
    cache.get('t0', NOW);
    cache.put('new', LONG, NOW);
    assert.equal(cache.size, 10_000);
    assert.equal(cache.get('t1', NOW), null);
    assert.equal(cache.get('t0', NOW), LONG);
  });

  it('forgets everything when it is told to', () => {
    const cache = new TokenCache();
    cache.put('a', LONG, NOW);
    cache.clear();
    assert.equal(cache.get('a', NOW), null);
  });

  it('tells tokens that differ in one character apart', () => {
    assert.notEqual(TokenCache.digest('a.b.c'), TokenCache.digest('a.b.d'));
    assert.notEqual(TokenCache.digest('a.b.A'), TokenCache.digest('a.b.\u0141'));
  });
});
