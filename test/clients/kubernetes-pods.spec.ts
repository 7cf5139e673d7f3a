import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { call } from '../harness/api.js';
import { issuedBy, selfSigned } from '../harness/certificate.js';
import { NetworkProxy } from '../harness/network-proxy.js';
import { type ObjectStore, openObjectStore } from '../harness/object-store.js';
import { enrolOverHttp } from '../harness/second-factor-http.js';
import { findingsIn } from '../kubernetes/check-manifests.js';
import { type Cluster, nameOf, type Pod } from '../kubernetes/cluster.js';
import { KUBERNETES, render, shippedCluster } from '../kubernetes/overlays.js';
import { probe, type RunningPod, runPod, type SecretValues } from '../kubernetes/run-pod.js';
import { programsOfNextDebian } from './install.js';
import { tourScript } from './tour-script.js';

const BUCKET = 'quantonium';
const PASSWORD = 'a phrase that only you know';
/** Of this run, of all that 127.0.0.0/8 has: other runs on this machine have the same ports. */
const network = [127, 20 + (process.pid % 200), Math.floor(process.pid / 200) % 250].join('.');

/** Every pod of the manifests as a process: its words, environment, files, mounts and account, its probes at their ports, its end. */
describe('the manifests for Kubernetes, each started', { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubernetes-pods-'));
  const address = (number: number): string => `${network}.${number}`;
  const url = `https://${address(1)}:3000`;
  const running: RunningPod[] = [];
  const authority = selfSigned('authority of the cluster');
  let kustomize: string;
  let postgres: EmbeddedPostgres;
  let database: NetworkProxy;
  let bucket: ObjectStore;
  let secrets: SecretValues;

  before(async () => {
    chmodSync(directory, 0o711);
    kustomize = programsOfNextDebian('kustomize').kustomize;
    postgres = await EmbeddedPostgres.start({ dataDirectory: join(directory, 'database'), report: () => undefined });
    database = await NetworkProxy.before(postgres.superuserUrl());
    bucket = await openObjectStore(BUCKET);
    const { app, sequencer, worker, migration } = database.through(postgres.urls());
    const withoutPassword = (text: string): string => text.replace(/:[^:@/]+@/, '@');
    const { cert, key } = issuedBy(authority, address(1));
    secrets = {
      'quantonium-api': { DATABASE_URL: app, DATABASE_SEQUENCER_URL: sequencer, DATABASE_WORKER_URL: worker },
      'quantonium-worker': { DATABASE_WORKER_URL: worker },
      'quantonium-migration': { DATABASE_URL: withoutPassword(app), DATABASE_SEQUENCER_URL: withoutPassword(sequencer), DATABASE_WORKER_URL: withoutPassword(worker), DATABASE_MIGRATION_URL: migration },
      'quantonium-object-store': { S3_ACCESS_KEY_ID: bucket.settings.accessKeyId, S3_SECRET_ACCESS_KEY: bucket.settings.secretAccessKey },
      'quantonium-root-key': { 'root.key': randomBytes(32) },
      'quantonium-tls': { 'tls.crt': cert, 'tls.key': key },
      'quantonium-authorities': { 'ca.crt': authority.cert },
    };
    setDefaultCACertificates([...getCACertificates('default'), authority.cert]);
  });
  after(async () => {
    for (const pod of running) pod.signal('SIGKILL');
    await Promise.all(running.map(({ exited }) => exited));
    database.close();
    await postgres.stop();
    await bucket.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What an operator keeps of their own, on top of an overlay; no rule is broken by it. */
  function own(overlay: 'single' | 'ha'): Cluster {
    const place = join(directory, `own-${overlay}`);
    mkdirSync(place);
    const maps = { quantonium: [`PUBLIC_URL=${url}`], ...(overlay === 'ha' ? { 'quantonium-object-store': [`S3_ENDPOINT=${bucket.settings.endpoint}`, `REGISTRY_S3_BUCKET=${BUCKET}`, `AUDIT_ANCHOR_S3_BUCKET=${BUCKET}`] } : {}) };
    const kustomization = {
      resources: [relative(place, resolve(KUBERNETES, 'overlays', overlay))],
      namespace: 'quantonium',
      configMapGenerator: Object.entries(maps).map(([name, literals]) => ({ name, behavior: 'merge', literals })),
      images: [{ name: 'registry.example/quantonium', newName: 'registry.other/quantonium', digest: `sha256:${'1'.repeat(64)}` }],
    };
    writeFileSync(join(place, 'kustomization.yaml'), JSON.stringify(kustomization));
    const cluster = shippedCluster(render(kustomize, place));
    assert.deepEqual(findingsIn(cluster), []);
    return cluster;
  }

  const podOf = (cluster: Cluster, name: string): Pod => cluster.pods.find(({ owner }) => nameOf(owner) === name)!;
  function start(cluster: Cluster, name: string, number: number): RunningPod {
    const pod = runPod(podOf(cluster, name), { cluster, secrets, directory, address: address(number) });
    running.push(pod);
    return pod;
  }

  /** As the kubelet: the startup probe until it passes, within its patience, and only then the others. */
  async function untilReady(pod: Pod, started: RunningPod): Promise<readonly string[]> {
    const seen: string[] = [];
    const [container] = pod.containers;
    const deadline = performance.now() + container!.get('startupProbe', 'failureThreshold').number * container!.get('startupProbe', 'periodSeconds').number * 1000;
    let hasStarted = false;
    while (performance.now() < deadline) {
      const [startup, ready] = [await probe(pod, started, 'startupProbe'), await probe(pod, started, 'readinessProbe')];
      const state = `startup ${startup} ready ${ready}`;
      if (seen.at(-1) !== state) seen.push(state);
      hasStarted ||= startup === 200;
      if (hasStarted && ready === 200) return seen;
      const ended = await Promise.race([started.exited, pause(50)]);
      assert.equal(ended, undefined, started.output());
    }
    throw new Error(`not ready in time: ${seen.join(', ')}\n${started.output()}`);
  }

  /** Answers of the API and of the probe for readiness from the signal to the end; every request on a connection of its own. */
  async function watchedEnd(pod: Pod, ending: RunningPod): Promise<{ readonly code: number | null; readonly millis: number; readonly refusedReady: number; readonly servedMillis: number; readonly dropped: number }> {
    const begun = performance.now();
    let [refusedReady, servedMillis, dropped] = [Infinity, 0, 0];
    let isOver = false;
    ending.signal('SIGTERM');
    const over = ending.exited.then((end) => {
      isOver = true;
      return end;
    });
    while (!isOver) {
      const ready = await probe(pod, ending, 'readinessProbe');
      if (ready === 503) refusedReady = Math.min(refusedReady, performance.now() - begun);
      const served = await fetch(`${url}/v1/audit/log/checkpoint`, { headers: { connection: 'close' } }).then(({ status }) => status, () => 0);
      if (served === 200) servedMillis = performance.now() - begun;
      else if (performance.now() - begun < 4_000) dropped += 1;
      await pause(50);
    }
    const { code, atMillis } = await over;
    return { code, millis: atMillis - begun, refusedReady, servedMillis, dropped };
  }

  /** The first owner, who was told a one-time password in a file that the log names, with the second factor that production wants. */
  async function ownerToken(api: RunningPod): Promise<string> {
    const file = /\/var\/lib\/quantonium\/data\/(\S*owner-one-time-password)/.exec(api.output());
    assert.ok(file, api.output());
    const oneTime = readFileSync(join(api.volume('data'), file[1]!), 'utf8').trim();
    const login = await call<{ access_token: string }>({ url }, 'POST', '/v1/auth/login', { json: { username: 'owner', password: oneTime } });
    const changed = await call<{ access_token: string }>({ url }, 'PUT', '/v1/auth/password', { token: login.body.access_token, json: { currentPassword: oneTime, newPassword: PASSWORD } });
    assert.equal(changed.status, 200, changed.text);
    return (await enrolOverHttp({ url }, changed.body.access_token)).token;
  }

  it('as ha: migrates, starts, becomes ready, takes the tour with separate workers, and ends in order', async () => {
    const cluster = own('ha');
    // The order in which they are applied is nobody's: a server that comes before the migration ends, and is started again.
    const early = start(cluster, 'quantonium-worker', 8);
    assert.equal((await early.exited).code, 78, early.output());
    const migration = start(cluster, 'quantonium-migration', 9);
    assert.equal((await migration.exited).code, 0, migration.output());
    assert.match(migration.output(), /^up .*\n/m);

    const [api, worker] = [start(cluster, 'quantonium-api', 1), start(cluster, 'quantonium-worker', 2)];
    const seen = await Promise.all([untilReady(podOf(cluster, 'quantonium-api'), api), untilReady(podOf(cluster, 'quantonium-worker'), worker)]);
    for (const states of seen) {
      assert.notEqual(states.length, 1, 'nothing was seen of the start');
      assert.deepEqual(states.filter((state) => !/^startup (0|503) ready (0|503)$/.test(state) && !/^startup 200/.test(state)), [], states.join(', '));
    }
    for (const [name, pod] of [['quantonium-api', api], ['quantonium-worker', worker]] as const) assert.equal(await probe(podOf(cluster, name), pod, 'livenessProbe'), 200);

    const token = await ownerToken(api);
    const script = tourScript(url, { token });
    writeFileSync(join(directory, 'tour.sh'), script.slice(0, script.indexOf('KEY=$(')));
    writeFileSync(join(directory, 'ca.crt'), authority.cert);
    // Not waited for in one piece: the network to the database goes through this process.
    const { stdout } = await promisify(execFile)('bash', ['tour.sh'], { cwd: directory, env: { PATH: process.env['PATH'], HOME: directory, CURL_CA_BUNDLE: join(directory, 'ca.crt'), NODE_EXTRA_CA_CERTS: join(directory, 'ca.crt') }, timeout: 120_000 });
    assert.match(stdout, /simulation\.complete/);
    assert.match(stdout, /^VERIFIED$/m);

    const ended = await watchedEnd(podOf(cluster, 'quantonium-api'), api);
    assert.equal(ended.code, 0, api.output());
    assert.equal(ended.dropped, 0, `requests were dropped before proxies could know: ${JSON.stringify(ended)}`);
    assert.ok(ended.refusedReady < 1_000, JSON.stringify(ended));
    assert.ok(ended.servedMillis > 4_000 && ended.servedMillis < ended.millis, JSON.stringify(ended));
    assert.ok(ended.millis < 25_000, JSON.stringify(ended));
    worker.signal('SIGTERM');
    assert.equal((await worker.exited).code, 0, worker.output());
  });

  it('as single: one process on the same database does all of it, and ends in order', async () => {
    const cluster = own('single');
    const api = start(cluster, 'quantonium-api', 1);
    await untilReady(podOf(cluster, 'quantonium-api'), api);
    assert.equal((await call({ url }, 'GET', '/v1/audit/log/checkpoint')).status, 200);
    api.signal('SIGTERM');
    assert.equal((await api.exited).code, 0, api.output());
  });

  it('as less than they ask for: names what does not hold it, and whose key others may read', async () => {
    const rendered = render(kustomize, join(directory, 'own-single'));
    /** The only Deployment with another security context, or other files of secrets. */
    const altered = (change: (pod: { containers: { securityContext: object }[]; volumes: { name: string; secret?: { defaultMode: number } }[] }) => void): Cluster => {
      const documents = structuredClone(rendered) as { kind: string; spec: { template: { spec: Parameters<typeof change>[0] } } }[];
      change(documents.find(({ kind }) => kind === 'Deployment')!.spec.template.spec);
      return shippedCluster(documents);
    };
    const free = start(altered(({ containers }) => void (containers[0]!.securityContext = {})), 'quantonium-api', 3);
    assert.equal((await free.exited).code, 78, free.output());
    assert.match(free.output(), /stage «hardening»: .*: no-new-privileges, capabilities, read-only-root\./);
    const open = start(altered(({ volumes }) => void (volumes.find(({ name }) => name === 'root-key')!.secret!.defaultMode = 0o444)), 'quantonium-api', 4);
    assert.equal((await open.exited).code, 78, open.output());
    assert.match(open.output(), /root key file \/run\/secrets\/root-key\/\.\.data\/root\.key is open to other users/);
  });
});
