import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { figure } from '../../../../test/harness/ledger-bench.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { operationBench } from '../../../../test/harness/transit-operations.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { OperationName } from './operation-fields.js';

/** How long the event loop is held up by batches of what is slow; beside it, a loop that waits for the database alone. */
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
  for (let n = 0; n < 3; n += 1) await work();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let n = 0; n < 5; n += 1) await work();
  delay.disable();
  return delay.percentile(99) / 1e6;
}

try {
  const reader = await keyUser(database);
  const limit = await stallOf(() => database.query('SELECT pg_sleep(0.1)'));
  figure('a query of the database (the limit), 99th percentile', limit, 'ms');
  for (const [operation, type, count, over] of CASES) {
    const place = { projectId, name: type };
    const input = 'prehashed' in over ? digest(type === 'ecdsa-p384' ? 384 : type === 'ecdsa-p521' ? 512 : 256) : digest(256);
    const once = async (from: OperationName, item: object): Promise<Record<string, unknown>> => (await bench.run(reader, from, place, { ...over, ...item })).data;
    const made = operation === 'decrypt' ? await once('encrypt', { plaintext: input }) : operation === 'verify' ? await once('sign', { input }) : {};
    const item = { plaintext: input, input, ciphertext: made['ciphertext'], signature: made['signature'] };
    const batch_input = Array.from({ length: count }, () => item);
    const stall = await stallOf(() => bench.run(reader, operation, place, { ...over, batch_input }));
    figure(`${operation} ${count} × ${type}${'prehashed' in over ? ', of digests' : ''}`, stall, 'ms');
    figure('  over the limit', stall / limit, '×');
  }
} finally {
  await bench.close();
  await database.close();
}
