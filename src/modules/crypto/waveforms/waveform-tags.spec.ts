import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SystemRandomness } from '#platform/system/randomness.js';
import { SystemClock } from '#platform/system/clock.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { encodeWaveform, type Waveform } from '#pure/waveform/waveform.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { wrapForImport } from '../primitives/key-wrap-padding.js';
import { TransitUsageRepository } from '../persistence/transit-usage.repository.js';
import type { TransitEngine } from '../transit/transit-engine.js';
import { UsageCounter } from '../transit/usage-counter.js';
import { WaveformTags } from './waveform-tags.js';
import { WaveformThreads } from './waveform-threads.js';

const WAVE: Waveform = { kind: 'real', dims: [4], samples: [0.1, 0.5, 0.9, 0.5], context: '' };
const HMAC = { ...PLAIN_KEY, type: 'hmac', keyBytes: 32 } as const;
/** Bytes 0 to 31: the key of the worked vectors. */
const VECTOR_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

describe('tags of waveforms under keys of a project', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let threads: WaveformThreads;
  let tags: WaveformTags;
  let usage: UsageCounter;
  let project: string;

  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    threads = new WaveformThreads(new ThreadRoster());
    usage = new UsageCounter(database.app, new TransitUsageRepository(), new SystemClock());
    tags = new WaveformTags(engine.directory, threads, usage);
    project = await newProject(database);
  });
  after(async () => {
    await threads.onApplicationShutdown();
    await database.close();
  });

  const key = async (name: string, on = project) => tags.key(await keyUser(database), on, name);
  const create = async (name: string, wanted: Parameters<TransitEngine['keys']['create']>[3] = HMAC) => engine.keys.create(await keyUser(database), project, name, wanted, unrecordedDeed);
  const rotate = async (name: string) => engine.rotation.rotate(await keyUser(database), project, name, unrecordedDeed);
  const tagOf = async (name: string, waveform = WAVE) => (await tags.tag(await key(name), encodeWaveform(waveform))).tag;
  const verifies = async (name: string, tag: string, waveform = WAVE) => (await tags.verify(await key(name), tag, encodeWaveform(waveform))).valid;
  const isFault = (code: string, pointer?: string) => (error: unknown) => error instanceof Fault && error.kind.code === code && (pointer === undefined || error.context.pointers?.[0]?.pointer === pointer);

  it('are those of the worked vectors under their key, imported', async () => {
    const who = await keyUser(database);
    const wrapping = createPublicKey({ key: await engine.wrapping.publicKey(who, unrecordedDeed), format: 'der', type: 'spki' });
    const ciphertext = wrapForImport(wrapping, VECTOR_KEY, new SystemRandomness());
    await engine.imports.importKey(who, project, 'vectors', { ...HMAC, allowRotation: false }, { ciphertext, hash: 'sha2-256' }, unrecordedDeed);
    assert.equal(await tagOf('vectors'), 'qwh:v1:ExMrA+DnGHzXIJrp2GV3xWYCCaVN7UDvHOAvwHGeqag=');
    const bell: Waveform = { kind: 'complex', dims: [2, 2], samples: [0.7071067811865476, 0, 0, 0, 0, 0, 0.7071067811865476, 0], context: '' };
    assert.equal(await tagOf('vectors', bell), 'qwh:v1:xGyj7c8zd61FGkbU01FBYQAI50n1OQJQrA+O7bcdMYk=');
  });

  it('verify on every replica, and only what was tagged', async () => {
    await create('plain');
    const tag = await tagOf('plain');
    const other = new WaveformTags((await transitReplica(database)).directory, threads, usage);
    assert.deepEqual(await other.verify(await key('plain'), tag, encodeWaveform(WAVE)), { valid: true, version: 1 });
    for (const changed of [{ ...WAVE, context: 'x' }, { ...WAVE, dims: [2, 2] }, { ...WAVE, samples: [0.1, 0.5, 0.9, 0.5 + 2 ** -53] }, { ...WAVE, samples: [0.9, 0.5, 0.1, 0.5] }]) assert.equal(await verifies('plain', tag, changed), false);
  });

  it('do not verify under another key, as another version, or changed in any character', async () => {
    for (const name of ['one', 'two']) await create(name);
    const tag = await tagOf('one');
    assert.equal(await verifies('two', tag), false);
    await rotate('one');
    assert.equal(await verifies('one', tag), true);
    assert.equal(await verifies('one', tag.replace('qwh:v1:', 'qwh:v2:')), false);
    assert.equal(await verifies('one', tag.replace('qwh:v1:', 'qwh:v3:')), false, 'a version that there is not yet');
    for (const other of ['', 'qwh:v1:', tag.slice(0, -1), `${tag} `, tag.toUpperCase(), tag.replace('qwh', 'vault')]) assert.equal(await verifies('one', other), false, other);
    for (let at = 'qwh:v1:'.length; at < tag.length; at += 1) assert.equal(await verifies('one', tag.slice(0, at) + (tag[at] === 'A' ? 'B' : 'A') + tag.slice(at + 1)), false);
  });

  it('are made with the latest version, and verify from the oldest that the key still opens', async () => {
    await create('rotated');
    const first = await tagOf('rotated');
    await rotate('rotated');
    const second = await tagOf('rotated');
    assert.match(second, /^qwh:v2:/);
    assert.deepEqual([await verifies('rotated', first), await verifies('rotated', second)], [true, true]);
    await engine.settings.configure(await keyUser(database), project, 'rotated', { minDecryptionVersion: 2 }, unrecordedDeed);
    assert.deepEqual([await verifies('rotated', first), await verifies('rotated', second)], [false, true]);
  });

  it('take a key of type hmac that is there and in use', async () => {
    await create('aes', PLAIN_KEY);
    await create('gone');
    await engine.removal.softDelete(await keyUser(database), project, 'gone', unrecordedDeed);
    await assert.rejects(key('aes'), isFault('invalid-request', '/key'));
    await assert.rejects(key('gone'), isFault('conflict', '/key'));
    await assert.rejects(key('nothing'), isFault('not-found', '/key'));
    await assert.rejects(key('plain', await newProject(database)), isFault('not-found', '/key'));
  });

  it('are counted as uses of the version that made or was tried for them', async () => {
    await create('counted');
    const tag = await tagOf('counted');
    await verifies('counted', tag);
    await verifies('counted', tag, { ...WAVE, context: 'x' });
    await verifies('counted', 'qwh:v9');
    await usage.flush();
    const { id } = await key('counted');
    assert.deepEqual(await database.query(`SELECT version, operation, uses::int FROM crypto.transit_usage WHERE key_id = '${id}' ORDER BY operation`), [{ version: 1, operation: 'waveform.tag', uses: 1 }, { version: 1, operation: 'waveform.verify', uses: 2 }]);
  });

  it('wait for no analysis, and each account has one that waits at most', async () => {
    await create('fair');
    const heavy = JSON.stringify({ kind: 'real', dims: new Array<number>(10).fill(3), samples: Array.from({ length: 3 ** 10 }, (_, n) => n) });
    const large = JSON.stringify({ kind: 'real', dims: [2 ** 18], samples: new Array<number>(2 ** 18).fill(1), key: 'fair' });
    const analyze = (name: string) => threads.perform(name, 'analyze', { bytes: Buffer.from(heavy) }).then(({ ok }) => ok, (error: unknown) => (isFault('transit-busy')(error) ? 'busy' : Promise.reject(error as Error)));
    const eve = Array.from({ length: 20 }, () => analyze('eve'));
    const other = analyze('somebody');
    const read = threads.perform('somebody', 'read', { operation: 'tag', bytes: Buffer.from(large) });
    assert.equal((await read).ok, true);
    const ends = await Promise.all(eve);
    assert.deepEqual([ends.filter((end) => end === true).length, ends.filter((end) => end === 'busy').length, await other], [2, 18, true]);
  });

  it('are the same where a thread made them', async () => {
    await create('large');
    const samples = Array.from({ length: 2 ** 18 }, (_, n) => Math.cos(n));
    const large: Waveform = { kind: 'real', dims: [2 ** 18], samples, context: 'x' };
    const bytes = Buffer.from(JSON.stringify({ ...large, key: 'large', tag: '' }));
    const read = await threads.perform('somebody', 'read', { operation: 'verify', bytes });
    assert.ok(read.ok);
    assert.ok(Buffer.from(read.encoding).equals(encodeWaveform(large)));
    const { tag } = await tags.tag(await key('large'), read.encoding);
    assert.equal(read.encoding.length, 0, 'two megabytes were moved to the thread, not copied');
    assert.equal(await verifies('large', tag, large), true);
  });
});
