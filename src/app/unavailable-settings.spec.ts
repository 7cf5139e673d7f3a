import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '#platform/config/load-config.js';
import { refuseUnavailable } from './unavailable-settings.js';

describe('settings that this version cannot honour', () => {
  for (const [name, value] of [['REDIS_URL', 'redis://cache'], ['MANAGEMENT_PORT', '9090'], ['MANAGEMENT_HOST', '127.0.0.1']] as const) {
    it(`refuse ${name}, whatever it says`, () => {
      assert.throws(() => refuseUnavailable(loadConfig({ [name]: value })), new RegExp(`^ConfigError: [^]*${name} is not available in this version`));
    });
  }

  it('are not in the way when they are left unset', () => {
    const config = loadConfig({});
    assert.equal(refuseUnavailable(config), config);
  });
});
