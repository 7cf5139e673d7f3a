import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { basicOf, loginOwner, registryKey } from '../../../test/harness/api.js';
import { DockerRegistry } from '../../../test/harness/docker-registry.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER } from '../../../test/harness/registry-client.js';
import { ask, Content, hashWriteSync, median, MIB, pull, push, type Pushed, secondsOf, type Target } from '../../../test/harness/registry-load.js';
import { createHome, startServer } from '../../../test/harness/server.js';

/**
 * Beside Debian's docker-registry where that is installed, in turns within one run, and beside what node itself needs to
 * hash, write and sync the same bytes. Both are clients' view: the client is this process, and costs both the same.
 */
const BIG_BYTES = 256 * MIB;
const ROUNDS = 5;
const CLIENTS = 8;
const MANIFEST_REQUESTS = 800;
const SMALL_BLOBS = 200;
const SMALL_BYTES = 16 * 1024;
/** Of memory: what 8 clients move at once, each its own blob. */
const MOVED_BYTES = 1024 * MIB;
const RSS_OVER_IDLE_MAX = 100 * MIB;

const small = (bytes: Buffer): Pushed => ({ sizeBytes: bytes.length, digest: digestOf(bytes), pieces: () => [bytes] });

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

/** What a server of its own has above its idle size while 8 clients push a blob each, and then pull it. */
async function memory(): Promise<void> {
  const home = createHome({});
  const server = await startServer(home);
  try {
    const target: Target = { url: server.url, credential: basicOf(await registryKey(server, await loginOwner(server))), agent: new Agent({ keepAlive: true, maxSockets: CLIENTS }) };
    const contents = Array.from({ length: CLIENTS }, () => new Content(MOVED_BYTES));
    await push(target, 'default/moved', small(randomBytes(SMALL_BYTES)));
    const idle = rssOf(server.pid);
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, rssOf(server.pid))), 50);
    for (const [what, move] of [['push', push], ['pull', pull]] as const) {
      most = 0;
      await Promise.all(contents.map((content) => move(target, 'default/moved', content)));
      const over = most - idle;
      console.log(`${CLIENTS} clients ${what} ${MOVED_BYTES / MIB} MiB each`.padEnd(34), `${(over / MIB).toFixed(0)} MiB over the ${(idle / MIB).toFixed(0)} MiB when idle (≤ ${RSS_OVER_IDLE_MAX / MIB} ${over <= RSS_OVER_IDLE_MAX ? 'met' : 'NOT MET'})`);
    }
    clearInterval(watching);
  } finally {
    await server.stop();
    await home.dispose();
  }
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
        async () => void (phase.againstLimit === undefined || seconds.limit.push(await secondsOf(async () => hashWriteSync(join(directory, `${phase.name} ${round}`), big[round]!)))),
      ];
      // Whoever comes first after another's writing waits for its disk.
      for (const turn of [...turns.slice(round % turns.length), ...turns.slice(0, round % turns.length)]) await turn();
    }
    show(phase, seconds.ours, seconds.theirs, seconds.limit);
  }
} finally {
  await server.stop();
  await peer?.stop();
  await home.dispose();
  rmSync(directory, { recursive: true, force: true });
}
if (process.platform === 'linux') await memory();
