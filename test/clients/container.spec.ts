import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { verifyAttestation } from '#pure/attestation/statement.js';
import { parseVerifierKey } from '#pure/transparency-log/verifier-key.js';
import { HARDENINGS } from '#platform/config/hardening.js';
import { basicOf, call, login, loginOwner, registryKey } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { OWNER_PASSWORD, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from '../harness/simulation.js';
import { type SeccompProfile, profileOf } from '../harness/shipped-image.js';
import { freePort } from './browser.js';
import { ComposeInstallation } from './compose-installation.js';
import { type Container, ContainerEngine, HARDENED } from './container-engine.js';
import { asOptions, ProductionPlace } from './production-place.js';
import { BASE, buildImage, compileProbe, importBase, makeRelease, type SignedRelease } from './quantonium-image.js';
import { SteadyLoad } from './steady-load.js';
import { tourScript } from './tour-script.js';

const GRACE_SECONDS = 30;
const CLIENTS = 6;
const PROFILE = 'docker/seccomp.json';
/** What the server itself does, and what shows that the probe can succeed at something. */
const NEEDED = ['thread', 'file'];
/** Errno 118, of the file system of another system (XENIX). */
const ENOTNAM = 118;
/** Seen to by the words that the image starts Node with, wherever it is started. */
const OF_THE_ENTRYPOINT: ReadonlySet<string> = new Set(['no-core-dumps', 'permission-model', 'no-debug-signal']);
/** Of the attempts, those that succeed where nothing filters them: on every kernel that has them. */
const DONE_UNFILTERED = ['fork', 'vfork', 'clone', 'process_vm_readv', 'memfd_create', 'personality', 'pidfd_open', 'ptrace'];

/**
 * The image as operators make and start it: of a signed release, on a Debian made here, by way of a registry that is ours,
 * with all that production demands of its surroundings and no exemption.
 */
describe('the image', () => {
  const engine = new ContainerEngine();
  const scratch = engine.directory;
  let release: SignedRelease;
  let registryHome: TestHome;
  let registry: RunningServer;
  let place: ProductionPlace;
  /** By its digest, from our own registry. */
  let image: string;
  let server: Container & { readonly url: string };
  let token: string;

  before(async () => {
    release = makeRelease(scratch);
    await importBase(engine);
    const port = String(await freePort());
    registryHome = await installedHome({ PUBLIC_URL: `http://127.0.0.1:${port}` });
    registry = await startServer(registryHome, { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
    place = await ProductionPlace.make(join(scratch, 'place'));
  });
  after(async () => {
    await place.close();
    await engine.close();
    assert.equal(await registry.stop(), 0, registry.output());
    await registryHome.dispose();
  });

  it('is the same, to the byte, when it is made again', async () => {
    const [one, other] = [await buildImage(engine, release, 'localhost/quantonium:one'), await buildImage(engine, release, 'localhost/quantonium:other')];
    assert.match(one, /^sha256:[0-9a-f]{64}$/);
    assert.equal(other, one);
  });

  it('goes to our own registry with its base, and comes back by its digest', async () => {
    const host = new URL(registry.url).host;
    const key = await registryKey(registry, await loginOwner(registry));
    await engine.podman('login', '--tls-verify=false', '--username', 'owner', '--password', key, host);
    for (const [local, name] of [[BASE, 'debian:base'], ['localhost/quantonium:one', 'quantonium:0.1.0']] as const) {
      await engine.podman('push', '--quiet', '--tls-verify=false', '--digestfile', join(scratch, 'digest'), local, `${host}/default/${name}`);
    }
    await engine.podman('rmi', '--all', '--force');
    image = `${host}/default/quantonium@${readFileSync(join(scratch, 'digest'), 'utf8')}`;
    await engine.podman('pull', '--quiet', '--tls-verify=false', image);
  });

  it('has no shell, no other program than Node and what takes core dumps away from it, nothing that its account may change, and nothing that makes it another', async () => {
    await engine.podman('create', '--name', 'looked-at', image);
    const { stdout } = await promisify(execFile)('sh', ['-c', 'podman export looked-at | tar --list --verbose --numeric-owner'], { env: engine.environment, maxBuffer: 64 * 1024 * 1024 });
    await engine.podman('rm', 'looked-at');
    const files = stdout.trim().split('\n').map((line) => /^(?<mode>\S+) (?<owner>\d+)\/\d+ +\d+ \S+ \S+ (?<path>.*?)(?: -> .*)?$/.exec(line)!.groups as Record<'mode' | 'owner' | 'path', string>);
    const those = (which: (file: (typeof files)[number]) => boolean): readonly string[] => files.filter(which).map(({ path }) => path);
    assert.ok(files.length > 10_000);
    const isOfTheSystem = ({ mode, path }: (typeof files)[number]): boolean => mode.startsWith('-') && !path.startsWith('app/');
    assert.deepEqual(those(isOfTheSystem).filter((path) => !/^usr\/bin\/prlimit$|^etc\/|^lib(?:64)?\/(?:[^/]+\/)?[^/]+\.so\.\d+$/.test(path)), []);
    assert.deepEqual(those(({ mode, path }) => /^-.*x/.test(mode) && path.startsWith('app/') && !path.startsWith('app/node_modules/')), []);
    assert.deepEqual(those(({ owner }) => owner !== '0'), ['var/lib/quantonium/anchors/', 'var/lib/quantonium/data/']);
    assert.deepEqual(those(({ mode }) => !mode.startsWith('l') && /^.{5}w|^.{8}w/.test(mode)), ['tmp/']);
    assert.deepEqual(those(({ mode }) => /[sS]/.test(mode.slice(0, 9))), []);
  });

  it('does not start where nothing holds it, and says by name what is missing', async () => {
    const { code, output } = await engine.once('--user', '0:0', '--security-opt', 'seccomp=unconfined', image);
    assert.equal(code, 78, output);
    for (const name of HARDENINGS.filter((name) => !OF_THE_ENTRYPOINT.has(name))) assert.ok(output.includes(name), `${name}: ${output}`);
  });

  describe('under its profile', () => {
    before(async () => {
      const port = await freePort();
      server = await start('server', port);
      const { token: enrolled } = await enrolOverHttp(server, await login(server, 'owner', OWNER_PASSWORD));
      token = enrolled;
    });

    async function start(purpose: string, port: number): Promise<typeof server> {
      const container = engine.start(purpose, ...HARDENED, ...place.mounts(), ...asOptions(place.environment(port)), image);
      const [, url] = await container.says(/ready at (https:\S+)/);
      return { ...container, url: url!.replace(/\/\/[^:]+:/, '//localhost:') };
    }

    it('measures at its start what it demands, and signs it; the kernel says the same from outside', async () => {
      const startup = await call<{ details: Record<string, { status: string }> }>(server, 'GET', '/health/startup');
      assert.equal(startup.status, 200, startup.text);
      assert.deepEqual(startup.body.details['hardening'], { status: 'up' });
      const nonce = randomBytes(24).toString('base64url');
      const [note, keys] = [await call(server, 'GET', `/v1/attestation?nonce=${nonce}`, { token }), await call(server, 'GET', '/v1/attestation/vkeys')];
      const verdict = verifyAttestation(Buffer.from(note.text), keys.text.split('\n').filter(Boolean).map(parseVerifierKey), { nonce, release: release.digest, ageSecondsMax: 60, nowMillis: Date.now() });
      assert.ok(verdict.ok, JSON.stringify(verdict));
      const { hardening, lacking, seccomp } = verdict.statement;
      assert.deepEqual({ hardening: [...hardening].sort(), lacking, seccomp }, { hardening: [...HARDENINGS].sort(), lacking: [], seccomp: '2' });
      const status = readFileSync(`/proc/${await server.pid()}/status`, 'utf8');
      for (const line of [/^Uid:\t10001\t10001\t10001\t10001$/m, /^CapEff:\t0{16}$/m, /^CapBnd:\t0{16}$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m]) assert.match(status, line);
    });

    it('is found to live by the command in it, without a shell', async () => {
      const check = ['/usr/bin/node', '--permission', '--allow-fs-read=/app', '/app/dist/src/app/commands/check-health.js'];
      await engine.podman('exec', server.name, ...check);
      await assert.rejects(engine.podman('exec', '--env', 'PORT=1', server.name, ...check));
      await assert.rejects(engine.podman('exec', server.name, '/bin/sh', '-c', 'true'), /no such file/);
    });

    it('serves the README’s tour, with curl and podman, and its ledger verifies', async () => {
      writeFileSync(join(scratch, 'tour.sh'), tourScript(server.url, { token }));
      const trusting = { CURL_CA_BUNDLE: place.certificateFile, NODE_EXTRA_CA_CERTS: place.certificateFile };
      const { stdout } = await promisify(execFile)('bash', ['tour.sh'], { cwd: scratch, env: { ...engine.environment, ...trusting }, timeout: 120_000 });
      assert.match(stdout, /^VERIFIED$/m);
      assert.match(stdout, /Login Succeeded!\n/);
    });

    it('at SIGTERM under full load, as process 1, drops nothing and ends with 0 within its grace', { timeout: 120_000 }, async () => {
      assert.ok((await call(server, 'POST', '/v1/transit/keys/load', { token, json: { type: 'aes256-gcm96' } })).status < 300);
      const load = new SteadyLoad(server.url, { token, registry: basicOf(await registryKey(server, token)).authorization });
      const away = load.untilAway(CLIENTS);
      await load.more(400);
      const before = load.count;
      // 137 would be the engine's SIGKILL after the grace.
      assert.equal(await server.stop(GRACE_SECONDS), 0, server.output());
      await away;
      assert.deepEqual(load.dropped, []);
      assert.ok(load.count > before, 'requests were taken until it was away');
      assert.deepEqual([...load.answered.keys()].sort(), ['encryption', 'ledger', 'pull', 'push', 'simulation']);
    });
  });

  describe('to whoever runs code in it', () => {
    let probe: string;
    before(() => (probe = compileProbe(scratch)));

    /** What was tried, and the kernel's word; the settings are the server's but for the profile. */
    async function attack(profile: string): Promise<ReadonlyMap<string, string>> {
      const settings = HARDENED.map((word) => (word === `seccomp=${PROFILE}` ? `seccomp=${profile}` : word));
      const { code, output } = await engine.once(...settings, '--volume', `${probe}:/probe:ro`, '--entrypoint', '/probe', image);
      assert.equal(code, 0, output);
      return new Map(output.trim().split('\n').map((line) => /^(.*) (\w+)$/.exec(line)!).map(([, name, word]) => [name!, word!]));
    }
    const done = (attempts: ReadonlyMap<string, string>): readonly string[] => [...attempts].filter(([, word]) => word === 'done').map(([name]) => name);

    it('nothing that the probe tries succeeds, and each is refused by the filter itself', async () => {
      assert.deepEqual(done(await attack(PROFILE)), NEEDED);
      // The same profile with a refusal that no kernel gives for these: what has another word for it was not refused by the filter.
      const profile: SeccompProfile = { ...profileOf(readFileSync(PROFILE, 'utf8')), defaultErrnoRet: ENOTNAM };
      writeFileSync(join(scratch, 'marked.json'), JSON.stringify(profile));
      const attempts = await attack(join(scratch, 'marked.json'));
      assert.ok(attempts.size > 80);
      // ENOSYS: clone3 by the profile; and by runc, what came with kernels that the profile was not written for.
      assert.deepEqual([...attempts].filter(([name, word]) => !NEEDED.includes(name) && word !== 'ENOTNAM' && word !== 'ENOSYS'), []);
      assert.equal(attempts.get('clone3'), 'ENOSYS');
    });

    it('without the profile some of it succeeds: the probe can tell', async () => {
      const succeeded = done(await attack('unconfined'));
      assert.deepEqual(DONE_UNFILTERED.filter((name) => !succeeded.includes(name)), []);
    });
  });

  describe('as compose.yaml has it', () => {
    let installation: ComposeInstallation;
    let composed: { readonly url: string };
    const containers = new Map<string, Container>();
    before(async () => {
      await place.emptyDatabase();
      const port = await freePort();
      installation = await ComposeInstallation.make(engine, place, image, port);
      composed = { url: `https://localhost:${port}` };
      const ports = { server: { PORT: port, MANAGEMENT_PORT: await freePort() }, worker: { PORT: await freePort(), MANAGEMENT_PORT: await freePort() } };
      const { code, output } = await installation.once('migration');
      assert.equal(code, 0, output);
      for (const [name, own] of Object.entries(ports)) containers.set(name, installation.start(name, own));
      await Promise.all([...containers.values()].map((container) => container.says(/ready at /)));
    });
    after(() => installation.close());

    it('starts every one of its processes, with Redis, and finds them alive', async () => {
      const { body } = await call<{ details: Record<string, { status: string }> }>(composed, 'GET', '/health/startup');
      assert.deepEqual([body.details['hardening'], body.details['redis']], [{ status: 'up' }, { status: 'up' }]);
      for (const [name, container] of containers) assert.ok(await installation.isHealthy(name, container), container.output());
    });

    it('runs by the worker what the server was asked for', async () => {
      const password = readFileSync(join(installation.secrets, 'owner_password'), 'utf8').trim();
      const { token: owner } = await enrolOverHttp(composed, await login(composed, 'owner', password));
      const answer = await call<{ status: string; result: { counts: Record<string, number> } }>(composed, 'POST', '/v1/simulations', { token: owner, headers: { prefer: 'wait=30' }, json: { program: { language: 'openqasm2', source: BELL }, shots: 100 } });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(Object.keys(answer.body.result.counts).sort(), ['00', '11']);
    });

    it('ends each of them with 0', async () => {
      assert.deepEqual(await Promise.all([...containers.values()].map((container) => container.stop(GRACE_SECONDS))), [0, 0]);
    });
  });
});
