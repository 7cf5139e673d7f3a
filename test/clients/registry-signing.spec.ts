import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { call, eventually, loginOwner, registryKey } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER, RegistryClient } from '../harness/registry-client.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from '../harness/simulation.js';
import { freePort } from './browser.js';
import { programsOfNextDebian } from './install.js';

const SPDX = 'application/spdx+json';
const CLASSIC = { env: {}, sign: [], verify: [] };
/** A signature as a referrer, which this cosign still calls an experiment. */
const REFERRER = { env: { COSIGN_EXPERIMENTAL: '1' }, sign: ['--registry-referrers-mode=oci-1-1'], verify: ['--experimental-oci11'] };

interface Manifest {
  readonly state: string;
  readonly signatures: readonly { readonly format: string; readonly trustedKeyId: string }[];
}

/** Debian's cosign and oras against the built server, in a project that gives out only what its own key has signed. */
describe('a registry, to cosign and oras', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'registry-signing-'));
  const at = (name: string): string => join(scratch, name);
  // No transparency log, and nobody to ask for roots: what is shown needs a key and the registry alone.
  const environment = { PATH: process.env['PATH'] ?? '', HOME: scratch, DOCKER_CONFIG: at('docker'), COSIGN_PASSWORD: 'a password of this spec' };
  const DEMANDS = { signature: true, signatureNamesRepository: true, sbom: false, scanSeverityMax: null, releaseFourEyes: false };
  let programs: Readonly<Record<'cosign' | 'oras', string>>;
  let token = '';
  let project = '';
  let trustedKeyId = '';
  let client: RegistryClient;
  let home: TestHome;
  let server: RunningServer;
  const host = (): string => new URL(server.url).host;

  before(async () => {
    programs = programsOfNextDebian('cosign', 'oras');
    mkdirSync(at('docker'));
    // Challenges name the server by its public address, so that its port has to be known before it starts.
    const port = String(await freePort());
    home = await installedHome({ PUBLIC_URL: `http://127.0.0.1:${port}` });
    server = await startServer(home, { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
    token = await loginOwner(server);
    client = new RegistryClient(server, await registryKey(server, token));
    const projects = await call<{ items: { id: string; slug: string }[] }>(server, 'GET', '/v1/projects', { token });
    project = projects.body.items.find(({ slug }) => slug === 'default')!.id;
    for (const name of ['trusted', 'foreign']) await run('cosign', ['generate-key-pair', '--output-key-prefix', at(name)]);
    const added = await call<{ id: string }>(server, 'POST', `/v1/registry/projects/${project}/keys`, { token, json: { label: 'cosign', kind: 'public-key', material: readFileSync(at('trusted.pub'), 'utf8') } });
    assert.equal(added.status, 201, added.text);
    trustedKeyId = added.body.id;
    await govern(DEMANDS);
    await run('oras', ['login', '--plain-http', '--username', 'anybody', '--password-stdin', host()], {}, client.key);
  });
  after(async () => {
    assert.equal(await server.stop(), 0, server.output());
    await home.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function run(program: 'cosign' | 'oras', args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<string> {
    const running = promisify(execFile)(programs[program], args, { cwd: scratch, env: { ...environment, ...env }, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
    running.child.stdin!.end(input);
    return (await running).stdout;
  }
  const fails = (work: Promise<string>, message: RegExp): Promise<void> => assert.rejects(work, (error: Error & { stderr: string }) => message.test(error.stderr));

  async function govern(demands: typeof DEMANDS): Promise<void> {
    const path = `/v1/registry/projects/${project}/policy`;
    const { headers, body } = await call(server, 'GET', path, { token });
    const { version: _, ...standing } = body;
    const set = await call(server, 'PUT', path, { token, headers: { 'if-match': headers.get('etag')! }, json: { ...standing, mode: 'enforce', demands } });
    assert.equal(set.status, 200, set.text);
  }
  /** An image as clients name it to these programs: by digest, so that what is signed is what was pushed. */
  async function image(name: string): Promise<{ readonly name: string; readonly digest: string; readonly reference: string }> {
    for (const text of ['{}', name]) await client.pushBlob(name, Buffer.from(text));
    const text = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, '{}'), layers: [descriptorOf(LAYER, name)] });
    assert.equal((await client.putManifest(name, '1', text)).status, 201);
    return { name, digest: digestOf(text), reference: `${host()}/${name}@${digestOf(text)}` };
  }
  async function stateOf({ name, digest }: { readonly name: string; readonly digest: string }): Promise<readonly [string, ...(readonly string[])]> {
    const repositories = await call<{ items: { id: string; name: string }[] }>(server, 'GET', '/v1/registry/repositories?limit=100', { token });
    const { body } = await call<Manifest>(server, 'GET', `/v1/registry/repositories/${repositories.body.items.find((each) => each.name === name)!.id}/manifests/${digest}`, { token });
    for (const signature of body.signatures) assert.equal(signature.trustedKeyId, trustedKeyId);
    return [body.state, ...body.signatures.map(({ format }) => format)];
  }
  const sign = (reference: string, key = 'trusted', how: typeof CLASSIC | typeof REFERRER = CLASSIC): Promise<string> =>
    run('cosign', ['sign', '--yes', '--key', at(`${key}.key`), '--tlog-upload=false', '--allow-http-registry', ...how.sign, reference], how.env);
  const verify = (reference: string, key = 'trusted', how: typeof CLASSIC | typeof REFERRER = CLASSIC): Promise<string> =>
    run('cosign', ['verify', '--key', at(`${key}.pub`), '--insecure-ignore-tlog', '--allow-http-registry', ...how.verify, reference], how.env);

  for (const [mode, how] of [['under a tag', CLASSIC], ['as a referrer', REFERRER]] as const) {
    it(`keeps a signature ${mode}, believes it as cosign does, and verifies the image by it`, async () => {
      const signed = await image(`default/${mode.replaceAll(' ', '-')}`);
      await fails(verify(signed.reference, 'trusted', how), /no signatures found|no matching signatures/);
      assert.deepEqual(await stateOf(signed), ['quarantined']);
      await sign(signed.reference, 'trusted', how);
      const [claim] = JSON.parse(await verify(signed.reference, 'trusted', how)) as { critical: { image: Record<string, string> } }[];
      assert.equal(claim!.critical.image['docker-manifest-digest'], signed.digest);
      assert.deepEqual(await stateOf(signed), ['verified', 'cosign']);
    });

    it(`believes a signature ${mode} of a key that the project does not list as little as cosign does`, async () => {
      const signed = await image(`default/foreign-${mode.replaceAll(' ', '-')}`);
      await sign(signed.reference, 'foreign', how);
      await verify(signed.reference, 'foreign', how);
      // One that it does not believe among the referrers it looks for under a tag, where there is none.
      await fails(verify(signed.reference, 'trusted', how), how === REFERRER ? /no signatures found/ : /invalid signature|no matching signatures/);
      assert.deepEqual(await stateOf(signed), ['quarantined']);
    });
  }

  it('verifies an image by an attestation in a bundle, and not by one of a foreign key', async () => {
    writeFileSync(at('predicate.json'), '{"tested": true}');
    const attested = await image('default/attested');
    for (const [key, state] of [['foreign', ['quarantined']], ['trusted', ['verified', 'sigstore-bundle']]] as const) {
      await run('cosign', ['attest', '--yes', '--new-bundle-format', '--type', 'custom', '--predicate', at('predicate.json'), '--key', at(`${key}.key`), '--tlog-upload=false', '--allow-http-registry', attested.reference]);
      assert.deepEqual(await stateOf(attested), state);
    }
  });

  it('keeps a bill of materials that oras attaches, shows it to oras, and finds it where one is demanded', async () => {
    await govern({ ...DEMANDS, signature: false, sbom: true });
    const described = await image('default/described');
    assert.deepEqual(await stateOf(described), ['quarantined']);
    writeFileSync(at('sbom.json'), '{"spdxVersion": "SPDX-2.3"}');
    await run('oras', ['attach', '--plain-http', '--artifact-type', SPDX, described.reference, `sbom.json:${SPDX}`]);
    const { manifests } = JSON.parse(await run('oras', ['discover', '--plain-http', '--artifact-type', SPDX, '--format', 'json', described.reference])) as { manifests: { digest: string; artifactType: string }[] };
    assert.deepEqual(manifests.map(({ artifactType }) => artifactType), [SPDX]);
    assert.deepEqual(await stateOf(described), ['verified']);
    await run('oras', ['pull', '--plain-http', '--output', at('pulled'), `${host()}/default/described@${manifests[0]!.digest}`]);
    assert.equal(readFileSync(at('pulled/sbom.json'), 'utf8'), '{"spdxVersion": "SPDX-2.3"}');
    const tree = await run('oras', ['discover', '--plain-http', '--artifact-type', 'application/vnd.example.nothing', '--format', 'json', described.reference]);
    assert.deepEqual((JSON.parse(tree) as { manifests: unknown[] | null }).manifests ?? [], []);
  });

  for (const [what, type] of [['with its type', ['--artifact-type', 'application/vnd.quantonium.circuit.v1']], ['with none', []]] as const) {
    it(`runs a circuit that oras pushed ${what}, and gives oras what was found about it`, async () => {
      const repository = `default/circuits/${what.replaceAll(' ', '-')}`;
      writeFileSync(at('bell.qasm'), BELL);
      await run('oras', ['push', '--plain-http', ...type, `${host()}/${repository}:v1`, 'bell.qasm:text/x-openqasm2']);
      const circuit = (await run('oras', ['resolve', '--plain-http', `${host()}/${repository}:v1`])).trim();
      const simulation = await call<{ id: string; result: { digest: string } }>(server, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: { program: { reference: `${repository}:v1@${circuit}` }, shots: 100, seed: 1 } });
      assert.equal(simulation.status, 200, simulation.text);
      const pushed = await eventually(() => call(server, 'POST', `/v1/simulations/${simulation.body.id}/artifacts`, { token, json: { repository, tag: 'run' } }), ({ status }) => status === 201);
      const { manifests } = JSON.parse(await run('oras', ['discover', '--plain-http', '--artifact-type', 'application/vnd.quantonium.simulation.v1', '--format', 'json', `${host()}/${repository}@${circuit}`])) as { manifests: { digest: string }[] };
      assert.deepEqual(manifests.map(({ digest }) => digest), [pushed.body['digest']]);
      await run('oras', ['pull', '--plain-http', '--output', at('found'), `${host()}/${repository}:run`]);
      const found = (name: string): Buffer => readFileSync(at(`found/${name}`));
      assert.deepEqual((JSON.parse(found('result.json').toString()) as { digest: string }).digest, simulation.body.result.digest);
      assert.match(found('circuit.svg').toString(), /^<svg /);
      const vkeys = (await call(server, 'GET', '/v1/audit/log/vkeys')).text;
      const verdict = verifyReceipt({ receipt: found('receipt.txt'), vkeys, result: found('result.json') });
      assert.ok(verdict.ok && verdict.statements.some((statement) => statement.includes(circuit)), JSON.stringify(verdict));
    });
  }

  it('is copied from one repository to another by oras with all that is about it, and without its bytes', async () => {
    await govern(DEMANDS);
    const from = await image('default/copied');
    await sign(from.reference, 'trusted', REFERRER);
    await run('oras', ['cp', '--recursive', '--from-plain-http', '--to-plain-http', from.reference, `${host()}/default/copy:1`]);
    const discovered = async (name: string): Promise<readonly string[]> => {
      const shown = await run('oras', ['discover', '--plain-http', '--format', 'json', `${host()}/${name}@${from.digest}`]);
      return (JSON.parse(shown) as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest);
    };
    assert.equal((await discovered('default/copied')).length, 1);
    assert.deepEqual(await discovered('default/copy'), await discovered('default/copied'));
    // It was signed for the repository that it came from.
    assert.deepEqual(await stateOf({ ...from, name: 'default/copy' }), ['quarantined']);
    await eventually(() => call<{ items: unknown[] }>(server, 'GET', '/v1/audit/entries?code=registry.blob.mount', { token }), ({ body }) => body.items.length >= 2);
  });
});
