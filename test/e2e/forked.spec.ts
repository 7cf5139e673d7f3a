import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { call, eventually, loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { compiled } from '../harness/run-command.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';

/** A command as an operator gives it, with the settings of the server. */
async function command(home: TestHome, name: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [`dist/src/app/commands/${name}.js`, ...words], { env: { PATH: process.env['PATH'] ?? '', ...compiled(), ...home.environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  return { code, output };
}

describe('a server whose data directory was put back to an old copy', () => {
  let home: TestHome;
  let server: RunningServer;
  const data = (): string => home.environment['QUANTONIUM_DATA_DIR']!;
  const copy = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const checkpoint = async (): Promise<string[]> => (await call(server, 'GET', '/v1/audit/log/checkpoint')).text.split('\n');

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    await loginOwner(server);
    await eventually(() => call(server, 'GET', '/v1/audit/log/checkpoint'), ({ status }) => status === 200);
    assert.equal(await server.stop(), 0);
    copy(data(), join(home.directory, 'backup'));
    server = await startServer(home);
    for (let n = 0; n < 3; n += 1) await loginOwner(server);
    assert.equal(await server.stop(), 0);
    copy(join(home.directory, 'backup'), data());
  });
  after(() => home.dispose());

  it('has its checkpoints in a file of its own beside the data directory, readable by nobody else', () => {
    const directory = home.environment['AUDIT_ANCHOR_DIR']!;
    const [file] = readdirSync(directory);
    assert.match(file!, /^[0-9a-f]{8}\.checkpoints$/);
    assert.deepEqual([statSync(directory).mode & 0o777, statSync(join(directory, file!)).mode & 0o777], [0o700, 0o600]);
  });

  it('says loudly that it is forked, answers and records all the same, and signs nothing', async () => {
    server = await startServer(home);
    assert.match(server.output(), /THE LEDGER IS FORKED[^]*file holds a checkpoint of size \d+/);
    const [, size] = await checkpoint();
    const token = await loginOwner(server);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 200);
    const made = await call(server, 'POST', '/v1/projects', { token, json: { slug: 'during-fork', name: 'x' } });
    assert.equal(made.status, 201);
    const receipt = await call(server, 'GET', `/v1/audit/entries/${made.headers.get('audit-event-id')}/receipt`, { token });
    assert.equal(receipt.status, 202);
    assert.equal((await checkpoint())[1], size);
    assert.equal(await server.stop(), 0);
  });

  it('stays so until an operator has decided, and is told what to do', async () => {
    const shown = await command(home, 'audit-standing');
    assert.deepEqual([shown.code, /FORKED: file holds/.test(shown.output)], [1, true], shown.output);
    const refused = await command(home, 'audit-standing', 'clear');
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /restore the newer database, or let a successor begin/);
  });

  it('goes on as a successor that an operator lets begin', async () => {
    const { code, output } = await command(home, 'succeed-log');
    assert.equal(code, 0, output);
    server = await startServer(home);
    assert.doesNotMatch(server.output(), /FORKED/);
    const token = await loginOwner(server);
    const made = await call(server, 'POST', '/v1/projects', { token, json: { slug: 'after-fork', name: 'x' } });
    const path = `/v1/audit/entries/${made.headers.get('audit-event-id')}/receipt`;
    await eventually(() => call(server, 'GET', path, { token }), ({ status }) => status === 200);
    assert.match((await checkpoint())[0]!, /\/audit\/2$/);
    assert.equal((await command(home, 'audit-standing')).code, 0);
    assert.equal(await server.stop(), 0);
  });
});
