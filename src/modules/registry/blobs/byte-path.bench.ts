import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { basicOf, loginOwner, registryKey } from '../../../../test/harness/api.js';
import { startBareByteServer } from '../../../../test/harness/bare-byte-server.js';
import { blobStoreOn } from '../../../../test/harness/blob-store.js';
import { cpuMicrosOf } from '../../../../test/harness/process-cpu.js';
import { ask, Content, hashWriteSync, median, MIB, pull, push, secondsOf, type Target } from '../../../../test/harness/registry-load.js';
import { createHome, type RunningServer, startServer } from '../../../../test/harness/server.js';
import { BLOB_SUITES } from '../domain/blob-container.js';
import type { BlobStore } from './blob-store.js';

/**
 * Where the time of a large blob goes: each part of its way by itself, then the whole, in turns within one run. The CPU is that
 * of the process that does it, all its threads, and says more than the seconds do on a machine that others use.
 */
const SIZE_BYTES = 256 * MIB;
/** What a socket gives at a time. */
const PIECE_BYTES = 64 * 1024;
const ROUNDS = 5;

interface Part {
  readonly name: string;
  readonly pid: number;
  run(content: Content, round: number): Promise<unknown>;
}

async function* socketPieces(content: Content): AsyncGenerator<Uint8Array> {
  for (const piece of content.pieces()) for (let at = 0; at < piece.byteLength; at += PIECE_BYTES) yield piece.subarray(at, at + PIECE_BYTES);
}

async function read(store: BlobStore, content: Content): Promise<void> {
  const blob = (await store.open(parseContentDigest(content.digest)!))!;
  let sizeBytes = 0;
  for await (const chunk of blob.read(null)) sizeBytes += chunk.length;
  await blob.close();
  if (sizeBytes !== content.sizeBytes) throw new Error(`${sizeBytes} bytes of ${content.sizeBytes}`);
}

const directory = mkdtempSync(join(tmpdir(), 'quantonium-byte-path-'));
/** A connection each: one that is left over would be asked again after the server has given it up. */
const agent = new Agent();
const home = { sealed: createHome({ REGISTRY_BLOB_ENCRYPTION: 'on' }), clear: createHome({ REGISTRY_BLOB_ENCRYPTION: 'off' }) };
const server: Record<'sealed' | 'clear', RunningServer> = { sealed: await startServer(home.sealed), clear: await startServer(home.clear) };
const bare = await startBareByteServer();
try {
  const stores = { sealed: blobStoreOn(join(directory, 'sealed'), 'sealed'), clear: blobStoreOn(join(directory, 'clear'), 'clear') };
  const target = async (of: RunningServer): Promise<Target> => ({ url: of.url, credential: basicOf(await registryKey(of, await loginOwner(of))), agent });
  const targets = { sealed: await target(server.sealed), clear: await target(server.clear) };
  const drop: Target = { url: bare.url, credential: {}, agent };
  const told = { sealed: 'encrypted', clear: 'in clear' } as const;
  const parts: readonly Part[] = [
    { name: 'sha256 alone', pid: process.pid, run: async (content) => createHashOf(content) },
    { name: 'sha256, write, fsync', pid: process.pid, run: async (content, round) => hashWriteSync(join(directory, `limit-${round}`), content) },
    { name: 'HTTP alone, received', pid: bare.pid, run: (content) => ask(drop, 'PUT', '/', content.pieces(), { 'content-length': content.sizeBytes }) },
    ...BLOB_SUITES.map((suite) => ({
      name: `store alone, ${told[suite]}`,
      pid: process.pid,
      run: (content: Content, round: number) => stores[suite].finish({ uploadId: String(round), first: null, bytes: socketPieces(content), bytesMax: SIZE_BYTES }, parseContentDigest(content.digest)!),
    })),
    ...BLOB_SUITES.map((suite) => ({ name: `push, ${told[suite]}`, pid: server[suite].pid, run: (content: Content) => push(targets[suite], 'default/bench', content) })),
    { name: 'HTTP alone, sent', pid: bare.pid, run: () => ask(drop, 'GET', `/${SIZE_BYTES / MIB}`) },
    ...BLOB_SUITES.map((suite) => ({ name: `store alone, read, ${told[suite]}`, pid: process.pid, run: (content: Content) => read(stores[suite], content) })),
    ...BLOB_SUITES.map((suite) => ({ name: `pull, ${told[suite]}`, pid: server[suite].pid, run: (content: Content) => pull(targets[suite], 'default/bench', content) })),
  ];
  const spent = parts.map(() => ({ seconds: [] as number[], cpuSeconds: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    const content = new Content(SIZE_BYTES);
    for (const [index, { pid, run }] of parts.entries()) {
      const before = cpuMicrosOf(pid).own;
      spent[index]!.seconds.push(await secondsOf(() => run(content, round)));
      spent[index]!.cpuSeconds.push((cpuMicrosOf(pid).own - before) / 1e6);
    }
  }
  console.log(`${SIZE_BYTES / MIB} MiB, median of ${ROUNDS}`.padEnd(30), ' seconds      CPU    MiB/s');
  for (const [index, { name }] of parts.entries()) {
    const { seconds, cpuSeconds } = spent[index]!;
    console.log(name.padEnd(30), median(seconds).toFixed(3).padStart(8), median(cpuSeconds).toFixed(2).padStart(8), (SIZE_BYTES / MIB / median(seconds)).toFixed(0).padStart(8));
  }
} finally {
  bare.stop();
  for (const suite of BLOB_SUITES) {
    await server[suite].stop();
    await home[suite].dispose();
  }
  rmSync(directory, { recursive: true, force: true });
}

function createHashOf(content: Content): string {
  const hash = createHash('sha256');
  for (const piece of content.pieces()) hash.update(piece);
  return hash.digest('hex');
}
