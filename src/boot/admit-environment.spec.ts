import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VARIABLES } from '#platform/config/variables.js';
import { admitEnvironment } from './admit-environment.js';

describe('the environment of a server', () => {
  it('may hold every setting, also as a file, and what systems set', () => {
    const settings = Object.keys(VARIABLES).flatMap((name) => [[name, 'x'], [`${name}_FILE`, '/x']]);
    assert.deepEqual(admitEnvironment({ ...Object.fromEntries(settings), PATH: '/bin', HOME: '/', TZ: 'UTC', CREDENTIALS_DIRECTORY: '/run/x' }), { forbidden: [], unknown: [] });
  });

  it('tells what runs, trusts or tells something else by name, whatever it is set to', () => {
    assert.deepEqual(admitEnvironment({ PORT: '1', NODE_OPTIONS: '', LD_PRELOAD: 'secret', SSLKEYLOGFILE: '/x' }), { forbidden: ['LD_PRELOAD', 'NODE_OPTIONS', 'SSLKEYLOGFILE'], unknown: [] });
  });

  it('tells what only libraries would read', () => {
    const { unknown } = admitEnvironment({ PGSSLMODE: 'disable', AWS_ENDPOINT_URL: 'x', DATABASE_URI: 'a mistake', KUBERNETES_SERVICE_HOST: 'x', PORT_FILE_FILE: 'x' });
    assert.deepEqual(unknown, ['AWS_ENDPOINT_URL', 'DATABASE_URI', 'KUBERNETES_SERVICE_HOST', 'PGSSLMODE', 'PORT_FILE_FILE']);
  });
});
