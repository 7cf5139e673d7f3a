import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '#platform/config/load-config.js';
import { refuseUnavailable } from './unavailable-settings.js';

describe('settings that this version cannot honour', () => {
  it('refuse REDIS_URL, whatever it says', () => {
    assert.throws(() => refuseUnavailable(loadConfig({ REDIS_URL: 'redis://cache' })), /^ConfigError: [^]*REDIS_URL is not available in this version/);
  });

  it('are not in the way when they are left unset', () => {
    const config = loadConfig({});
    assert.equal(refuseUnavailable(config), config);
  });
});
