import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { CHECKS } from '../../src/app/commands/self-audit/checks/all-checks.js';
import { call } from '../harness/api.js';
import { selfSigned } from '../harness/certificate.js';
import { installedHome } from '../harness/installed-home.js';
import { runCommand } from '../harness/run-command.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createWorld, type World } from '../harness/world.js';

const HOST = '127.0.0.1';
const BELL = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; h q[0]; measure q -> c;';

interface Told {
  readonly requests: number;
  readonly findings: readonly { readonly name: string; readonly result: string; readonly detail: string | null }[];
}

describe('npm run self-audit, of a server that speaks TLS itself', () => {
  let home: TestHome;
  let server: RunningServer;
  let world: World;
  const file = (name: string, text: string): string => {
    const path = join(home.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  before(async () => {
    home = await installedHome();
    const { cert, key } = selfSigned(HOST);
    setDefaultCACertificates([cert]);
    server = await startServer(home, { PUBLIC_URL: `https://${HOST}`, TLS_CERT_FILE: file('tls.crt', cert), TLS_KEY_FILE: file('tls.key', key) });
    world = await createWorld(server);
    const made = await call(server, 'POST', '/v1/simulations', { token: world.alice.token, json: { project: world.red, program: { language: 'openqasm2', source: BELL }, shots: 1 } });
    assert.equal(made.status, 202, made.text);
  });
  after(async () => {
    assert.equal(await server.stop(), 0, server.output());
    await home.dispose();
  });

  it('finds nothing, in fewer than 150 requests, each check carried out', async () => {
    const words = ['--url', server.url, '--ca-file', join(home.directory, 'tls.crt'), '--token-file', file('alice', world.alice.token), '--other-token-file', file('bob', world.bob.token), '--json'];
    const { code, out } = await runCommand('self-audit/self-audit', words, {});
    const told = JSON.parse(out.slice(out.indexOf('{'), out.lastIndexOf('}') + 1)) as Told;
    assert.deepEqual(told.findings.filter(({ result }) => result !== 'passed'), []);
    assert.equal(code, 0, out);
    assert.deepEqual(told.findings.map(({ name }) => name), CHECKS.map(({ name }) => name));
    assert.ok(told.requests < 150, String(told.requests));
  });

  it('shows no token to a server whose certificate it cannot trust', async () => {
    const { code, out } = await runCommand('self-audit/self-audit', ['--url', server.url, '--token-file', file('alice', world.alice.token)], {});
    assert.equal(code, 2);
    assert.match(out, /certificate is not trusted/);
  });
});
