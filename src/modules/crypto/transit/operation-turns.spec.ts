import assert from 'node:assert/strict';
import { generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { operationBench, type OperationBench, type Outcome, REQUEST_ID } from '../../../../test/harness/transit-operations.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { NewKey } from '../domain/key-settings.js';
import type { KeyTypeName } from '../domain/key-type.js';
import type { OperationName } from './operation-fields.js';
import { clientGone } from './operation-run.js';
import type { TransitEngine } from './transit-engine.js';

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
/** A member that nobody reads makes a body one of those that are parsed in a thread. */
const PADDING = { pad: 'x'.repeat(300_000) };

describe('working with keys beside others', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let bench: OperationBench;
  let [mine, theirs] = ['', ''];
  let who: Principal;
  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    bench = operationBench(database, engine);
    [mine, theirs] = [await newProject(database), await newProject(database)];
    for (const [project, name, type] of [[mine, 'signer', 'slh-dsa-sha2-128f'], [mine, 'slowest', 'slh-dsa-shake-256s'], [mine, 'wrapper', 'rsa-4096'], [theirs, 'signer', 'rsa-2048'], [theirs, 'wrapper', 'rsa-4096']] as const) await make(project, name, { type });
  });
  beforeEach(async () => {
    who = await keyUser(database);
  });
  after(async () => {
    await bench.close();
    await database.close();
  });

  const make = async (project: string, name: string, over: Partial<NewKey> = {}): Promise<boolean> =>
    (await engine.keys.create((who ??= await keyUser(database)), project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed)).isNew;
  const run = (operation: OperationName, projectId: string, name: string, body: object): Promise<Outcome> => bench.run(who, operation, { projectId, name }, body);
  const refusalOf = async (work: Promise<unknown>): Promise<{ readonly kind: FaultKind; readonly message: string }> => {
    const fault = await work.then(() => assert.fail('was not refused'), (error: unknown) => error);
    assert.ok(fault instanceof Fault, String(fault));
    return { kind: fault.kind, message: fault.message };
  };

  describe('refuses alike on the loop and in a thread', () => {
    const whole: readonly [string, OperationName, string, object, FaultKind, string | RegExp][] = [
      ['a key that there is not', 'decrypt', 'nothing', { ciphertext: 'x' }, CRYPTO_FAULTS['transit-key-unknown'], 'encryption key not found'],
      ['what is not encrypted', 'decrypt', 'wrapper', { ciphertext: 'vault:v1:AAAA' }, CRYPTO_FAULTS['transit-undecryptable'], 'cipher: message authentication failed'],
      ['what keys of a type cannot', 'encrypt', 'signer', { plaintext: '' }, CRYPTO_FAULTS['transit-refused'], 'message encryption not supported for key type slh-dsa-sha2-128f'],
      ['a way to sign that there is not', 'sign', 'wrapper', { input: '', marshaling_algorithm: 'xml' }, CRYPTO_FAULTS['transit-refused'], 'unsupported marshaling_algorithm'],
      ['a version that there is not', 'sign', 'signer', { input: '', key_version: 2 }, CRYPTO_FAULTS['transit-refused'], 'requested version for signing is higher than the latest key version'],
      ['an input that is not base64', 'sign', 'signer', { input: '!' }, REQUEST_FAULTS['invalid-request'], /base64/],
      ['a batch that is none', 'sign', 'signer', { batch_input: {} }, REQUEST_FAULTS['invalid-request'], 'an array'],
      ['more than a request may cost', 'sign', 'slowest', { batch_input: times(6, { input: '' }) }, REQUEST_FAULTS['invalid-request'], 'at most 5 items to sign with a key of type slh-dsa-shake-256s'],
    ];
    for (const [what, operation, name, body, kind, message] of whole) {
      it(what, async () => {
        for (const refusal of [await refusalOf(run(operation, mine, name, body)), await refusalOf(run(operation, mine, name, { ...body, ...PADDING }))]) {
          assert.equal(refusal.kind, kind);
          if (typeof message === 'string') assert.equal(refusal.message, message);
          else assert.match(refusal.message, message);
        }
      });
    }

    for (const type of ['rsa-2048', 'rsa-4096'] as const satisfies readonly KeyTypeName[]) {
      it(`the decryption with a ${type} key that has no private part, of one, 100 and 101`, async () => {
        const { publicKey } = generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) });
        const spki = publicKey.export({ format: 'der', type: 'spki' });
        await engine.imports.importKey(who, mine, `public-${type}`, { ...PLAIN_KEY, type, allowRotation: false }, { publicKey: spki }, unrecordedDeed);
        who = await keyUser(database);
        const ciphertext = `vault:v1:${publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, Buffer.from('x')).toString('base64')}`;
        const { kind, message } = await refusalOf(run('decrypt', mine, `public-${type}`, { ciphertext }));
        assert.deepEqual([kind, message], [CRYPTO_FAULTS['transit-undecryptable'], 'cipher: message authentication failed']);
        for (const count of [100, 101]) {
          const { status, data } = await run('decrypt', mine, `public-${type}`, { batch_input: times(count, { ciphertext }) });
          assert.deepEqual([status, data.batch_results], [400, times(count, { error: message })]);
        }
      });
    }

    it('items of batches of 100 and 101', async () => {
      await make(mine, 'plain');
      const bad = [{}, { plaintext: '!' }, { plaintext: '', key_version: 2 }, { plaintext: '', nonce: 'AAAA' }, 'no object'];
      const errors = async (rest: number): Promise<unknown> => (await run('encrypt', mine, 'plain', { batch_input: [...bad, ...times(rest, { plaintext: b64('x') })] })).data.batch_results!.slice(0, bad.length);
      assert.deepEqual(await errors(101), await errors(95));
    });
  });

  it("lets a project's signature, code and keys come in between another's batches of slow signatures", async () => {
    const done: string[] = [];
    const batches = times(3, { batch_input: times(60, { input: b64('x') }) }).map((body) => run('sign', mine, 'signer', body).then(({ counts }) => done.push(`batch of ${counts.items}`)));
    while (engine.work.queued === 0) await nextTurn();
    await Promise.all([
      run('sign', theirs, 'signer', { input: b64('x') }).then(() => done.push('signature')),
      make(theirs, 'between').then(() => done.push('key')),
      make(mine, 'between').then(() => done.push('key')),
    ]);
    assert.deepEqual(done.toSorted(), ['key', 'key', 'signature']);
    await Promise.all(batches);
    assert.deepEqual(done.slice(3), times(3, 'batch of 60'));
    assert.deepEqual([engine.work.running, engine.work.queued], [0, 0]);
  });

  it("lets a project's decryption come in between another's batches in threads, however many wait", async () => {
    const { ciphertext } = (await run('encrypt', theirs, 'wrapper', { plaintext: b64('a data key') })).data;
    const [{ ciphertext: other }] = [(await run('encrypt', mine, 'wrapper', { plaintext: b64('x') })).data];
    let ended = 0;
    const large = times(2, { ...PADDING, batch_input: times(150, { ciphertext: other }) });
    const batches = [...times(2, { batch_input: times(150, { ciphertext: other }) }), ...large].map((body) => run('decrypt', mine, 'wrapper', body).then(({ counts }) => (ended += counts.items - counts.failed)));
    for (let n = 0; n < 3; n += 1) assert.equal((await run('decrypt', theirs, 'wrapper', { ciphertext })).data['plaintext'], b64('a data key'));
    assert.ok(ended <= 150, `${ended} items were done first`);
    await Promise.all(batches);
    assert.equal(ended, 600);
  });

  it('makes keys of others, and symmetric ones of all, while a project has many long ones made', async () => {
    let made = 0;
    const flood = Array.from({ length: 4 }, (_, n) => make(mine, `long-${n}`, { type: 'rsa-4096' }).then(() => (made += 1)));
    while (engine.work.queued === 0) await nextTurn();
    assert.deepEqual(await Promise.all([make(mine, 'quick'), make(theirs, 'quick'), make(theirs, 'signs', { type: 'ml-dsa-65' })]), [true, true, true]);
    assert.ok(made <= 2, `${made} were made first`);
    assert.equal(await make(theirs, 'fair', { type: 'rsa-2048' }), true);
    assert.ok(made < 4, 'it waited for one, and not for all');
    await Promise.all(flood);
  });

  it('makes one key for all who ask for one name at once, and refuses nobody', async () => {
    const made = await Promise.all(times(40, { type: 'rsa-4096' } as const).map((over) => make(mine, 'one-name', over)));
    assert.equal(made.filter(Boolean).length, 1);
  });

  it('makes the key after all where the first who asked for it failed', async () => {
    const recording = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const failing = engine.keys.create(who, mine, 'second-try', { ...PLAIN_KEY, type: 'rsa-2048' }, async () => {
      recording.resolve();
      await asked.promise;
      throw new Error('no ledger');
    });
    const refused = assert.rejects(failing, /no ledger/);
    await recording.promise;
    const second = make(mine, 'second-try', { type: 'rsa-2048' });
    // As many reads as the second needs to see that it is being made.
    for (let read = 0; read < 2; read += 1) await engine.keys.read(who, mine, 'second-try');
    asked.resolve();
    await refused;
    assert.equal(await second, true);
  });

  it('gives a version that several find spent one successor', async () => {
    await make(mine, 'spent');
    const key = (await engine.keys.read(who, mine, 'spent'))!;
    const other = await transitReplica(database);
    const rotated = await Promise.all([engine, other, engine].map(({ rotation }) => rotation.rotate(who, mine, 'spent', unrecordedDeed, key)));
    assert.deepEqual(rotated.map(({ latestVersion }) => latestVersion), [2, 2, 2]);
    assert.equal((await engine.rotation.rotate(who, mine, 'spent', unrecordedDeed)).latestVersion, 3, 'whoever does not say so gets another');
  });

  for (const [where, operation, name, item, count] of [['loop', 'sign', 'signer', { input: '' }, 90], ['thread', 'decrypt', 'wrapper', { ciphertext: `vault:v1:${Buffer.alloc(512, 1).toString('base64')}` }, 1_400]] as const) {
    it(`stops on the ${where} when the client has gone`, async () => {
      const client = new AbortController();
      const bytes = Buffer.from(JSON.stringify({ batch_input: times(count, item) }));
      const working = bench.operations.perform({
        principal: who,
        operation,
        path: {},
        bytes,
        requestId: REQUEST_ID,
        permit: () => Promise.resolve({ projectId: mine, name }),
        renew: () => assert.fail('nothing is spent'),
        onKey: () => void setImmediate(() => client.abort(clientGone())),
        signal: client.signal,
      });
      assert.deepEqual(await refusalOf(working), { kind: REQUEST_FAULTS['malformed-request'], message: 'The client has gone.' });
      while (engine.work.running > 0) await nextTurn();
      assert.equal((await run('decrypt', theirs, 'wrapper', { batch_input: [item] })).counts.items, 1, 'the threads are there for others');
    });
  }
});
