import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { freePort } from './browser.js';
import { needProgram } from './install.js';
import { blocksOf, scriptOf, tourScript } from './tour-script.js';

/** The tour as a newcomer types it: bash and curl, a one-time password, nothing prepared. */
describe('the README’s tour, with curl', () => {
  let home: TestHome;
  let server: RunningServer;
  let password: string;

  before(async () => {
    for (const program of ['curl', 'podman']) needProgram(program);
    // Clients of the registry are sent for their tokens to its public address, so that its port has to be known before it starts.
    const port = String(await freePort());
    home = createHome({ PORT: port, PUBLIC_URL: `http://localhost:${port}` });
    const { BOOTSTRAP_OWNER_PASSWORD_FILE: _, ...environment } = home.environment;
    server = await startServer({ ...home, environment });
    /* Without a terminal the one-time password is in a file that the server names. */
    const file = /(\/\S*owner-one-time-password)/.exec(server.output());
    assert.ok(file, server.output());
    password = readFileSync(file[1]!, 'utf8').trim();
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  /** Of a user whose images lie in the directory of the test. */
  function containerEnvironment(): NodeJS.ProcessEnv {
    const at = (name: string): string => join(home.directory, name);
    for (const name of ['run', 'images', 'images-run']) mkdirSync(at(name));
    writeFileSync(at('storage.conf'), `[storage]\ndriver = "vfs"\nrunroot = "${at('images-run')}"\ngraphroot = "${at('images')}"\n`);
    return { PATH: process.env['PATH'], HOME: home.directory, XDG_RUNTIME_DIR: at('run'), CONTAINERS_STORAGE_CONF: at('storage.conf'), STORAGE_DRIVER: 'vfs', REGISTRY_AUTH_FILE: at('auth.json') };
  }

  it('works as it is written', () => {
    writeFileSync(join(home.directory, 'tour.sh'), tourScript(server.url, { password }));
    const { status, stdout, stderr } = spawnSync('bash', ['tour.sh'], { cwd: home.directory, encoding: 'utf8', env: containerEnvironment(), timeout: 120_000 });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /simulation\.complete/);
    assert.match(stdout, /^VERIFIED$/m);
    assert.match(stdout, /Login Succeeded!\n/);
    assert.match(stderr, /Storing signatures/);
    const result = JSON.parse(readFileSync(join(home.directory, 'result.json'), 'utf8')) as { counts: Record<string, number> };
    assert.deepEqual(Object.keys(result.counts).sort(), ['00', '11']);
  });

  it('leads to the page on incidents, whose evidence is secured as it is written', () => {
    const script = [
      'set -euo pipefail',
      `field() { ${process.execPath} -pe 'JSON.parse(require("fs").readFileSync(0))[process.argv[1]]' "$1"; }`,
      `URL=${server.url} LOG_VKEYS=vkeys.txt KEPT=checkpoint.txt ATTESTATION_VKEYS=attestation-vkeys.txt`,
      `TOKEN=$(curl -s $URL/v1/auth/login -H 'Content-Type: application/json' -d '{"username": "owner", "password": "a phrase that only you know"}' | field access_token)`,
      'curl -s $URL/v1/attestation/vkeys > attestation-vkeys.txt',
      ...blocksOf(readFileSync('docs/incident-response.md', 'utf8')),
      '(cd evidence && sha256sum --check --quiet SHA256SUMS)',
    ]
      .join('\n')
      .replaceAll('npm run verify-log --', `${process.execPath} ${process.cwd()}/dist/src/app/commands/verify-log/verify-log.js`)
      .replaceAll('npm run verify-attestation --', `${process.execPath} ${process.cwd()}/dist/src/app/commands/verify-attestation.js`);
    writeFileSync(join(home.directory, 'evidence.sh'), script);
    const { status, stdout, stderr } = spawnSync('bash', ['evidence.sh'], { cwd: home.directory, encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^VERIFIED\n[\s\S]*of the old checkpoint are its beginning[\s\S]*^ATTESTED$/m);
    const kept = readFileSync(join(home.directory, 'evidence/entries.ndjson'), 'utf8').trim().split('\n');
    assert.ok(kept.some((line) => line.includes('"simulation.complete"')), `${kept.length} entries`);
  });

  it('leads to the page on sessions, whose calls work as they are written', () => {
    needProgram('oathtool');
    writeFileSync(join(home.directory, 'sessions.sh'), scriptOf(blocksOf(readFileSync('docs/sessions.md', 'utf8')), server.url));
    const { status, stdout, stderr } = spawnSync('bash', ['sessions.sh'], { cwd: home.directory, encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stdout + stderr);
    assert.match(readFileSync(join(home.directory, 'headers.txt'), 'utf8'), /www-authenticate: Bearer error="insufficient_user_authentication", acr_values="aal2"/i);
    const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(home.directory, name), 'utf8')) as Record<string, unknown>;
    assert.equal((read('codes.json')['codes'] as unknown[]).length, 10);
    assert.equal((read('sessions.json')['items'] as unknown[]).length > 0, true);
    assert.match(stdout, /^aal2$/m);
  });
});
