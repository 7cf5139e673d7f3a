import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { basicOf, loginOwner, registryKey } from '../../../test/harness/api.js';
import { DockerRegistry } from '../../../test/harness/docker-registry.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER } from '../../../test/harness/registry-client.js';
import { createHome, startServer } from '../../../test/harness/server.js';

/**
 * Beside Debian's docker-registry where that is installed, in turns within one run, and beside what node itself needs to
 * hash, write and sync the same bytes. Both are clients' view: the client is this process, and costs both the same.
 */
const MIB = 1024 * 1024;
const BIG_BYTES = 256 * MIB;
const PIECE_BYTES = MIB;
const ROUNDS = 4;
const CLIENTS = 8;
const MANIFEST_REQUESTS = 800;
const SMALL_BLOBS = 200;
const SMALL_BYTES = 16 * 1024;
/** Of memory: what 8 clients move at once, each its own blob. */
const MOVED_BYTES = 1024 * MIB;
const RSS_OVER_IDLE_MAX = 100 * MIB;

interface Target {
  readonly url: string;
  /** As who the client comes. */
  readonly credential: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

interface Reply {
  readonly location: string;
  readonly receivedBytes: number;
}

/** One request; whatever is not a success ends the run. */
function ask({ url, credential, agent }: Target, method: string, path: string, body: Iterable<Uint8Array> | null = null, headers: Readonly<Record<string, string | number>> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const target = path.startsWith('http') ? path : `${url}${path}`;
    const sending = request(target, { method, agent, headers: { accept: `${IMAGE}, */*`, ...headers, ...credential } }, (answer) => {
      let receivedBytes = 0;
      answer.on('data', (chunk: Buffer) => (receivedBytes += chunk.length));
      answer.on('error', reject).on('end', () => {
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${target}: ${answer.statusCode}`));
        else resolve({ location: answer.headers.location ?? '', receivedBytes });
      });
    });
    sending.on('error', reject);
    void send(sending, body);
  });
}

async function send(sending: ReturnType<typeof request>, body: Iterable<Uint8Array> | null): Promise<void> {
  for (const piece of body ?? []) if (!sending.write(piece)) await new Promise((resolve) => sending.once('drain', resolve));
  sending.end();
}

/** The same MiB again and again, behind a beginning of its own: so many bytes are not to be made for each round. */
class Content {
  private readonly first = randomBytes(PIECE_BYTES);
  private readonly other = randomBytes(PIECE_BYTES);
  readonly digest: string;

  constructor(readonly sizeBytes: number) {
    const hash = createHash('sha256');
    for (const piece of this.pieces()) hash.update(piece);
    this.digest = `sha256:${hash.digest('hex')}`;
  }

  *pieces(): Generator<Uint8Array> {
    for (let sent = 0; sent < this.sizeBytes; sent += PIECE_BYTES) yield (sent === 0 ? this.first : this.other).subarray(0, this.sizeBytes - sent);
  }
}

async function push(target: Target, name: string, content: { readonly sizeBytes: number; readonly digest: string; pieces(): Iterable<Uint8Array> }): Promise<void> {
  const { location } = await ask(target, 'POST', `/v2/${name}/blobs/uploads/`);
  const separator = location.includes('?') ? '&' : '?';
  await ask(target, 'PUT', `${location}${separator}digest=${encodeURIComponent(content.digest)}`, content.pieces(), { 'content-length': content.sizeBytes, 'content-type': 'application/octet-stream' });
}

async function pull(target: Target, name: string, { digest, sizeBytes }: Content): Promise<void> {
  const { receivedBytes } = await ask(target, 'GET', `/v2/${name}/blobs/${digest}`);
  if (receivedBytes !== sizeBytes) throw new Error(`${receivedBytes} bytes of ${sizeBytes}`);
}

const small = (bytes: Buffer): { readonly sizeBytes: number; readonly digest: string; pieces(): Iterable<Uint8Array> } => ({ sizeBytes: bytes.length, digest: digestOf(bytes), pieces: () => [bytes] });

async function pushManifest(target: Target, name: string): Promise<void> {
  const [config, layer] = [Buffer.from('{}'), randomBytes(100)];
  for (const bytes of [config, layer]) await push(target, name, small(bytes));
  const text = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, config), layers: [descriptorOf(LAYER, layer)] });
  await ask(target, 'PUT', `/v2/${name}/manifests/latest`, [Buffer.from(text)], { 'content-type': IMAGE, 'content-length': text.length });
}

/** So many at once, until all were asked. */
async function atOnce(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (next < count) await one(next++);
  }));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** What a server in this language cannot be faster than: one thread, nothing received, nothing sealed. */
function hashWriteSync(directory: string, content: Content): void {
  const file = openSync(join(directory, 'limit'), 'w');
  const hash = createHash('sha256');
  for (const piece of content.pieces()) {
    hash.update(piece);
    writeSync(file, piece);
  }
  hash.digest();
  fsyncSync(file);
  closeSync(file);
}

interface Phase {
  readonly name: string;
  /** What one round does, for the rate. */
  readonly units: number;
  readonly unit: string;
  readonly againstPeer: number;
  readonly againstLimit?: number;
  run(target: Target, round: number): Promise<unknown>;
}

const big = Array.from({ length: ROUNDS }, () => new Content(BIG_BYTES));
const PHASES: readonly Phase[] = [
  { name: 'push 256 MiB', units: BIG_BYTES / MIB, unit: 'MiB/s', againstPeer: 1.5, againstLimit: 0.8, run: (target, round) => push(target, 'default/bench', big[round]!) },
  { name: 'pull 256 MiB', units: BIG_BYTES / MIB, unit: 'MiB/s', againstPeer: 0.8, run: (target, round) => pull(target, 'default/bench', big[round]!) },
  { name: 'manifest GET by tag', units: MANIFEST_REQUESTS, unit: '/s', againstPeer: 2, run: (target) => atOnce(MANIFEST_REQUESTS, () => ask(target, 'GET', '/v2/default/bench/manifests/latest')) },
  { name: 'manifest HEAD by tag', units: MANIFEST_REQUESTS, unit: '/s', againstPeer: 2, run: (target) => atOnce(MANIFEST_REQUESTS, () => ask(target, 'HEAD', '/v2/default/bench/manifests/latest')) },
  { name: '16 KiB blobs, 8 clients', units: SMALL_BLOBS, unit: '/s', againstPeer: 1, run: (target) => atOnce(SMALL_BLOBS, () => push(target, 'default/bench', small(randomBytes(SMALL_BYTES)))) },
];

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const verdict = (ratio: number, wanted: number): string => `${ratio.toFixed(2)} (≥ ${wanted} ${ratio >= wanted ? 'met' : 'NOT MET'})`;

function show({ name, units, unit, againstPeer, againstLimit }: Phase, ours: readonly number[], peer: readonly number[], limit: readonly number[]): void {
  const rate = (seconds: readonly number[]): string => (units / median(seconds)).toFixed(0).padStart(6);
  // Ratios of neighbours in time: what else the machine does changes from round to round.
  const ratio = (others: readonly number[]): number => median(others.map((seconds, round) => seconds / ours[round]!));
  const beside = peer.length === 0 ? '' : `   docker-registry ${rate(peer)} ${unit}   ratio ${verdict(ratio(peer), againstPeer)}`;
  const below = againstLimit === undefined ? '' : `   node's own ${rate(limit)} ${unit}   ratio ${verdict(ratio(limit), againstLimit)}`;
  console.log(`${name.padEnd(26)} ${rate(ours)} ${unit}${beside}${below}`);
}

function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

/** What the server has above its idle size while 8 clients push a blob each and pull it. */
async function memory(target: Target, pid: number): Promise<void> {
  const idle = rssOf(pid);
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, rssOf(pid))), 50);
  const contents = Array.from({ length: CLIENTS }, () => new Content(MOVED_BYTES));
  await Promise.all(contents.map((content) => push(target, 'default/moved', content)));
  await Promise.all(contents.map((content) => pull(target, 'default/moved', content)));
  clearInterval(watching);
  const over = most - idle;
  console.log(`${CLIENTS} clients move ${MOVED_BYTES / MIB} MiB each both ways: ${(over / MIB).toFixed(0)} MiB over ${(idle / MIB).toFixed(0)} MiB (≤ ${RSS_OVER_IDLE_MAX / MIB} ${over <= RSS_OVER_IDLE_MAX ? 'met' : 'NOT MET'})`);
}

const home = createHome({});
const server = await startServer(home);
const peer = await DockerRegistry.start();
const directory = mkdtempSync(join(tmpdir(), 'quantonium-registry-bench-'));
try {
  const connections = (): Agent => new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const ours: Target = { url: server.url, credential: basicOf(await registryKey(server, await loginOwner(server))), agent: connections() };
  const theirs: Target | null = peer === null ? null : { url: peer.url, credential: {}, agent: connections() };
  if (theirs === null) console.log('docker-registry is not installed: only the limit is beside');
  for (const target of theirs === null ? [ours] : [ours, theirs]) {
    await pushManifest(target, 'default/bench');
    await atOnce(MANIFEST_REQUESTS, () => ask(target, 'GET', '/v2/default/bench/manifests/latest'));
  }
  for (const phase of PHASES) {
    const seconds: Record<'ours' | 'theirs' | 'limit', number[]> = { ours: [], theirs: [], limit: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const turns = [
        async () => seconds.ours.push(await secondsOf(() => phase.run(ours, round))),
        async () => void (theirs === null || seconds.theirs.push(await secondsOf(() => phase.run(theirs, round)))),
        async () => void (phase.againstLimit === undefined || seconds.limit.push(await secondsOf(async () => hashWriteSync(directory, big[round]!)))),
      ];
      // Whoever comes first after another's writing waits for its disk.
      for (const turn of [...turns.slice(round % turns.length), ...turns.slice(0, round % turns.length)]) await turn();
    }
    show(phase, seconds.ours, seconds.theirs, seconds.limit);
  }
  if (process.platform === 'linux') await memory(ours, server.pid);
} finally {
  await server.stop();
  await peer?.stop();
  await home.dispose();
  rmSync(directory, { recursive: true, force: true });
}
