import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { SystemRandomness } from '#platform/system/randomness.js';
import { figure } from '../../../../test/harness/ledger-bench.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { operationBench } from '../../../../test/harness/transit-operations.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { wrapForImport } from '../primitives/key-wrap-padding.js';
import type { OperationName } from './operation-fields.js';

/**
 * How long the event loop is held up by batches of what is slow, and by a key that is brought in wrapped; beside it, a
 * loop that waits for the database alone. The 99th percentile of its delay in each of some runs, and of those the least:
 * what holds the loop up does so every time, and on a machine that others work on the rest is their doing.
 */
const STALL_MILLIS_MAX = 5;
const RUNS = 7;
const BATCH = 100;
const digest = (bits: 256 | 384 | 512): string => createHash(`sha${bits}`).update('x').digest('base64');
const CASES: readonly [OperationName, KeyTypeName, number, object][] = [
  ['decrypt', 'rsa-2048', 2, {}],
  ['decrypt', 'rsa-3072', BATCH, {}],
  ['sign', 'rsa-3072', BATCH, { prehashed: true }],
  ['verify', 'ml-dsa-87', BATCH, {}],
  ['verify', 'hybrid', BATCH, {}],
  ['verify', 'ecdsa-p384', 1, { prehashed: true, hash_algorithm: 'sha2-384' }],
  ['verify', 'ecdsa-p521', BATCH, { prehashed: true, hash_algorithm: 'sha2-512' }],
  ['verify', 'slh-dsa-sha2-128f', BATCH, {}],
  ['encrypt', 'aes256-gcm96', BATCH, {}],
];

const database = await openTestDatabase();
const engine = await transitReplica(database);
const bench = operationBench(database, engine);
const projectId = await newProject(database);
const who = await keyUser(database);
for (const type of new Set(CASES.map(([, name]) => name))) await engine.keys.create(who, projectId, type, { ...PLAIN_KEY, type }, unrecordedDeed);

async function stallOf(work: () => Promise<unknown>): Promise<number> {
  for (let run = 0; run < 3; run += 1) await work();
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await work();
    // What held the loop up last is seen by the turn after it.
    await pause(5);
    delay.disable();
    runs.push(delay.percentile(99) / 1e6);
  }
  return Math.min(...runs);
}

const stalls: { readonly what: string; readonly millis: number }[] = [];

function told(what: string, millis: number, limit: number): void {
  stalls.push({ what, millis });
  figure(what, millis, 'ms', { atMost: STALL_MILLIS_MAX });
  figure('  over the limit', millis / limit, '×');
}

/** Wrapped under RSA-4096: what unwraps it takes 7 ms of a thread. */
async function importing(secret: Buffer, type: KeyTypeName): Promise<() => Promise<void>> {
  const wrappingKey = createPublicKey({ key: await engine.wrapping.publicKey(who, unrecordedDeed), format: 'der', type: 'spki' });
  const material = { ciphertext: wrapForImport(wrappingKey, secret, new SystemRandomness()), hash: 'sha2-256' } as const;
  let made = 0;
  return async () => engine.imports.importKey(await keyUser(database), projectId, `imported-${type}-${(made += 1)}`, { ...PLAIN_KEY, type, allowRotation: false }, material, unrecordedDeed);
}

try {
  const reader = await keyUser(database);
  const limit = await stallOf(() => database.query('SELECT pg_sleep(0.1)'));
  figure('a query of the database (the limit)', limit, 'ms');
  for (const [operation, type, count, over] of CASES) {
    const place = { projectId, name: type };
    const input = 'prehashed' in over ? digest(type === 'ecdsa-p384' ? 384 : type === 'ecdsa-p521' ? 512 : 256) : digest(256);
    const once = async (from: OperationName, item: object): Promise<Record<string, unknown>> => (await bench.run(reader, from, place, { ...over, ...item })).data;
    const made = operation === 'decrypt' ? await once('encrypt', { plaintext: input }) : operation === 'verify' ? await once('sign', { input }) : {};
    const item = { plaintext: input, input, ciphertext: made['ciphertext'], signature: made['signature'] };
    const batch_input = Array.from({ length: count }, () => item);
    const stall = await stallOf(() => bench.run(reader, operation, place, { ...over, batch_input }));
    told(`${operation} ${count} × ${type}${'prehashed' in over ? ', of digests' : ''}`, stall, limit);
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey.export({ format: 'der', type: 'pkcs8' });
  told('import of an aes256-gcm96 key, wrapped', await stallOf(await importing(Buffer.alloc(32, 7), 'aes256-gcm96')), limit);
  told('import of an rsa-4096 key, wrapped', await stallOf(await importing(rsa, 'rsa-4096')), limit);
  const worst = stalls.reduce((a, b) => (b.millis > a.millis ? b : a));
  figure(`the worst: ${worst.what}`, worst.millis, 'ms', { atMost: STALL_MILLIS_MAX });
} finally {
  await bench.close();
  await database.close();
}
