import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { QuantoniumClient, QuantoniumError, type ResultDto, runSimulation, type SimulationDto } from '../../clients/typescript/src/index.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { SIMULATOR_AS_INSTALLED } from '../harness/server.js';
import { withServer } from '../harness/with-server.js';
import { BELL, fourierTransform, TELEPORTATION } from './programs.js';

/** The README's tour, over HTTP, against the built server on its own embedded Postgres. */
describe('the main job', () => {
  let token: string;

  const server = withServer(async () => {
    token = await loginOwner(server);
  }, SIMULATOR_AS_INSTALLED);

  const client = (): QuantoniumClient => new QuantoniumClient({ url: server.url, token });
  const run = (source: string, shots: number, seed: number): Promise<ResultDto> => runSimulation(client(), { program: { language: 'openqasm2', source }, shots, seed });

  it('runs a Bell pair: only equal bits, about half of each', async () => {
    const { counts } = await run(BELL, 1000, 7);
    assert.deepEqual(Object.keys(counts).sort(), ['00', '11']);
    assert.equal(counts['00']! + counts['11']!, 1000);
    assert.ok(Math.abs(counts['00']! - 500) < 100);
  });

  it('teleports a state through classical bits', async () => {
    const { counts } = await run(TELEPORTATION, 4000, 11);
    /* bob is the last register, so the leftmost character; P(1) = sin²(0.4) = 0.1516. */
    const ones = Object.entries(counts).reduce((sum, [bits, count]) => sum + (bits[0] === '1' ? count : 0), 0);
    assert.ok(Math.abs(ones / 4000 - Math.sin(0.4) ** 2) < 0.03, `P(1) = ${ones / 4000}`);
  });

  it('transforms 16 qubits', async () => {
    const { counts } = await run(fourierTransform(16), 500, 3);
    assert.ok(Object.keys(counts).every((bits) => bits.length === 16));
    assert.equal(Object.values(counts).reduce((sum, count) => sum + count, 0), 500);
  });

  it('tells a program what is wrong with a circuit, and where', async () => {
    await assert.rejects(run(BELL.replace('h q[0]', 'hadamard q[0]'), 1, 1), (error) => {
      assert.ok(error instanceof QuantoniumError && error.is('invalid-program') && error.status === 422);
      assert.deepEqual(error.problem!.errors!.map(({ pointer, code }) => [pointer, code]), [['/program/source', 'unknown-gate']]);
      return true;
    });
  });

  it('answers 202 with a job when nobody asks it to wait, and the job finishes', async () => {
    const submitted = await call<SimulationDto>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1 } });
    assert.equal(submitted.status, 202, submitted.text);
    const location = submitted.headers.get('location')!;
    assert.equal(location, `/v1/simulations/${submitted.body.id}`);
    assert.ok(submitted.headers.get('audit-event-id'));
    const finished = await eventually(() => call<SimulationDto>(server, 'GET', location, { token }), (answer) => answer.body.status === 'succeeded');
    assert.equal(finished.body.result!.shots, 10);
  });

  it('gives the same counts for the same seed and others for another', async () => {
    const [first, again, other] = [await run(BELL, 500, 42), await run(BELL, 500, 42), await run(BELL, 500, 43)];
    assert.deepEqual(first.counts, again.counts);
    assert.notDeepEqual(first.counts, other.counts);
  });

  it('attests what runs, for the nonce of whoever asks, and to nobody else', async () => {
    // As one in sixty-four does: it is no option.
    const nonce = `-${randomBytes(16).toString('base64url')}`;
    const files = { statement: join(server.home.directory, 'statement.txt'), vkeys: join(server.home.directory, 'attestation-vkeys.txt') };
    writeFileSync(files.vkeys, (await call(server, 'GET', '/v1/attestation/vkeys')).text);
    writeFileSync(files.statement, (await call(server, 'GET', `/v1/attestation?nonce=${nonce}`, { token })).text);
    const verified = command('verify-attestation', files.statement, '--vkey', files.vkeys, '--nonce', nonce);
    assert.equal(verified.status, 0, verified.output);
    assert.match(verified.output, /^ATTESTED\n[\s\S]*a checkout of [\d.]+, which nobody has signed[\s\S]*missing: no-new-privileges, /);
    for (const [word, value] of [['--nonce', randomBytes(16).toString('base64url')], ['--release', `sha256:${'0'.repeat(64)}`]] as const) {
      const refused = command('verify-attestation', files.statement, '--vkey', files.vkeys, '--nonce', nonce, word, value);
      assert.equal(refused.status, 1, refused.output);
    }
    assert.equal((await call(server, 'GET', `/v1/attestation?nonce=${nonce}`)).status, 401);
    for (const bad of ['', '?nonce=', '?nonce=short', `?nonce=${'A'.repeat(89)}`, `?nonce=${nonce}%0A`, `?nonce=${nonce}&nonce=${nonce}`]) {
      const { status, text } = await call(server, 'GET', `/v1/attestation${bad}`, { token });
      assert.ok(status >= 400 && status < 500, `${bad}: ${status}`);
      assert.match(text, /nonce/);
    }
  });

  it('has its start in the ledger, stage after stage, as the statement measures it', async () => {
    const { body } = await eventually(() => call<{ items: { entry: { unmapped: { stages: string[] } } }[] }>(server, 'GET', '/v1/audit/entries?code=server.boot.ready', { token }), (answer) => answer.body.items.length > 0);
    const { stages } = body.items[0]!.entry.unmapped;
    assert.deepEqual(stages.map((stage) => stage.split(' sha256:')[0]), ['environment', 'flags', 'signed build', 'hardening', 'configuration', 'known answers', 'database', 'rollback', 'composition', 'management port', 'seal', 'ledger head', 'attestations', 'first owner', 'workers']);
    const shown = await call<{ details: Record<string, unknown> }>(server, 'GET', '/health/startup');
    assert.deepEqual(Object.keys(shown.body.details).slice(1, 1 + stages.length), stages.map((stage) => stage.split(' sha256:')[0]));
  });

  it('hands out a receipt that checks offline, and does not with one flipped byte', async () => {
    const files = { vkeys: join(server.home.directory, 'vkeys.txt'), receipt: join(server.home.directory, 'receipt.txt'), result: join(server.home.directory, 'result.json') };
    writeFileSync(files.vkeys, (await call(server, 'GET', '/v1/audit/log/vkeys')).text);
    const submitted = await client().call('simulations.submit', { headers: { Prefer: 'wait=30' }, body: { program: { language: 'openqasm2', source: BELL }, shots: 100, seed: 5 } });
    const { id } = submitted;
    writeFileSync(files.result, (await call(server, 'GET', `/v1/simulations/${id}/result`, { token })).text);
    const receipt = await eventually(() => call(server, 'GET', `/v1/simulations/${id}/receipt`, { token }), (answer) => answer.status === 200);
    writeFileSync(files.receipt, receipt.text);

    const verify = () => command('verify-receipt', files.receipt, '--vkey', files.vkeys, '--result', files.result);
    const verified = verify();
    assert.equal(verified.status, 0, verified.output);
    assert.match(verified.output, /simulation\.complete/);

    for (const file of [files.receipt, files.result]) {
      const bytes = readFileSync(file);
      for (const offset of [0, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2), bytes.length - 2]) {
        const flipped = Buffer.from(bytes);
        flipped[offset]! ^= 1;
        writeFileSync(file, flipped);
        const refused = verify();
        assert.equal(refused.status, 1, `byte ${offset} of ${file}: ${refused.output}`);
        assert.ok(refused.output.trim().length > 0);
      }
      writeFileSync(file, bytes);
    }
  });
});

function command(name: string, ...words: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`dist/src/app/commands/${name}.js`, ...words], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
