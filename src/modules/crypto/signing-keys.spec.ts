import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { testKeyring } from '../../../test/harness/keyring.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { KEY_PURPOSES, type KeyPurpose, type KeyState } from './domain/key-version.js';
import { PUBLICATION_MILLIS } from './domain/rotation-schedule.js';
import type { Keyring } from './keyring.js';
import { SigningKeys, type SigningKeyRecord } from './signing-keys.js';

const OPERATOR = systemPrincipal('operator');
const HOUR = 3_600_000;
const PERIOD = 90 * 24 * HOUR;
const MESSAGE = Buffer.from('message');
const isFault = (code: string) => (error: unknown) => error instanceof Fault && error.kind.code === code;

describe('changes of signing keys', () => {
  let database: TestDatabase;
  let clock: HandClock;
  let recorded: string[];
  beforeEach(async () => {
    database = await openTestDatabase();
    clock = new HandClock();
    recorded = [];
  });
  afterEach(() => database.close());

  const record: SigningKeyRecord = async (_tx, { change, key }) => void recorded.push(`${change} ${key.purpose} ${key.version}`);
  const replica = (periodMillis: number | null = PERIOD): { keyring: Keyring; keys: SigningKeys } => {
    const keyring = testKeyring(database, { clock });
    return { keyring, keys: new SigningKeys(keyring, clock, periodMillis) };
  };
  const states = async (purpose: KeyPurpose): Promise<KeyState[]> =>
    (await database.query<{ state: KeyState }>(`SELECT state FROM crypto.key_version WHERE purpose = '${purpose}' ORDER BY version`)).map(({ state }) => state);
  const counter = async (): Promise<number> => Number((await database.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'keyring'`))[0]!.version);

  it('come by schedule: announced, an hour later in use, and retired when no token can be left; of results never retired', async () => {
    const { keyring, keys } = replica();
    for (const purpose of ['jwt', 'result'] as const) await keyring.signer(purpose);
    const step = async (millis: number): Promise<void> => {
      clock.millis += millis;
      await keys.keepSchedule(record);
    };
    await step(PERIOD - PUBLICATION_MILLIS - 1);
    assert.deepEqual(recorded, []);
    await step(1);
    assert.deepEqual(recorded.splice(0), ['announce jwt 2', 'announce result 2']);
    assert.deepEqual(await states('jwt'), ['active', 'next']);
    await step(PUBLICATION_MILLIS - 1);
    assert.deepEqual(recorded, []);
    await step(1);
    assert.deepEqual(recorded.splice(0), ['rotate jwt 2', 'rotate result 2']);
    assert.deepEqual(await states('jwt'), ['retiring', 'active']);
    await step(2 * HOUR);
    assert.deepEqual(recorded.splice(0), ['retire jwt 1']);
    assert.deepEqual([await states('jwt'), await states('result')], [['revoked', 'active'], ['retiring', 'active']]);
    await step(PERIOD - 3 * HOUR);
    assert.deepEqual(recorded.splice(0), ['announce jwt 3', 'announce result 3'], 'the second period is as long as the first');
  });

  it('happen once, whichever of several replicas comes first', async () => {
    const replicas = Array.from({ length: 4 }, () => replica());
    await replicas[0]!.keyring.signer('jwt');
    for (const millis of [PERIOD - PUBLICATION_MILLIS, PUBLICATION_MILLIS, 2 * HOUR]) {
      clock.millis += millis;
      await Promise.all(replicas.map(({ keys }) => keys.keepSchedule(record)));
    }
    assert.deepEqual(recorded, ['announce jwt 2', 'rotate jwt 2', 'retire jwt 1']);
  });

  it('leave no instant at which a replica refuses what another has just signed', async () => {
    const [one, two] = [replica(), replica()];
    await one.keyring.signer('jwt');
    for (let turn = 0; turn < 3; turn += 1) {
      for (const millis of [PERIOD - PUBLICATION_MILLIS, PUBLICATION_MILLIS / 2, PUBLICATION_MILLIS / 2, HOUR]) {
        clock.millis += millis;
        const before = await two.keyring.signer('jwt');
        const signature = await before.sign(MESSAGE);
        await one.keys.keepSchedule(record);
        // The other replica verifies with what the lookup of its request tells it of the counter, and nothing else.
        const verifiers = await two.keyring.verifiers('jwt', await counter());
        assert.equal(verifiers.find(({ keyId }) => keyId === before.keyId)?.verify(MESSAGE, signature), true);
        const after = await one.keyring.signer('jwt');
        assert.ok(verifiers.some(({ keyId }) => keyId === after.keyId), 'who verifies knows what signs now');
      }
    }
    assert.ok(recorded.includes('rotate jwt 4'), recorded.join(', '));
  });

  it('are undone where they cannot be recorded', async () => {
    const { keyring, keys } = replica();
    const { keyId } = await keyring.signer('jwt');
    clock.millis += 2 * PERIOD;
    const before = await counter();
    await assert.rejects(keys.keepSchedule(() => Promise.reject(new Error('no ledger'))), /no ledger/);
    await assert.rejects(keys.rotate(OPERATOR, 'jwt', () => Promise.reject(new Error('no ledger'))), /no ledger/);
    assert.deepEqual([await states('jwt'), await counter()], [['active'], before]);
    assert.equal((await keyring.signer('jwt')).keyId, keyId);
  });

  it('can be made by hand: announced, and rotated to at once', async () => {
    const { keyring, keys } = replica(null);
    await keyring.signer('registry');
    const announced = await keys.announce(OPERATOR, 'registry', record);
    assert.deepEqual([announced.version, announced.state], [2, 'next']);
    await assert.rejects(keys.announce(OPERATOR, 'registry', record), isFault('key-transition-refused'));
    clock.millis += PERIOD;
    assert.deepEqual(await keys.keepSchedule(record), [], 'without a period nothing rotates by itself');
    assert.equal((await keys.rotate(OPERATOR, 'registry', record)).keyId, announced.keyId);
    assert.equal((await keys.rotate(OPERATOR, 'registry', record)).version, 3);
    assert.deepEqual(recorded, ['announce registry 2', 'rotate registry 2', 'announce registry 3', 'rotate registry 3']);
    assert.deepEqual(await states('registry'), ['retiring', 'retiring', 'active']);
  });

  it('refuse to rotate what the log is known by', async () => {
    const { keyring, keys } = replica();
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) {
      await keyring.signer(purpose);
      await assert.rejects(keys.announce(OPERATOR, purpose, record), isFault('signing-key-pinned'));
      await assert.rejects(keys.rotate(OPERATOR, purpose, record), isFault('signing-key-pinned'));
      assert.deepEqual(await states(purpose), ['active']);
    }
  });

  for (const announcedBefore of [false, true]) {
    it(`revoke what signs with a successor in the same transaction, ${announcedBefore ? 'the one that was announced' : 'a new one'}`, async () => {
      const [one, two] = [replica(), replica()];
      const old = await two.keyring.signer('jwt');
      const signature = await old.sign(MESSAGE);
      assert.equal((await two.keyring.verifiers('jwt'))[0]?.verify(MESSAGE, signature), true);
      const announced = announcedBefore ? await one.keys.announce(OPERATOR, 'jwt', record) : null;
      await one.keys.revoke(OPERATOR, 'jwt', old.keyId, record);
      assert.deepEqual(recorded, ['announce jwt 2', 'rotate jwt 2', 'revoke jwt 1']);
      assert.deepEqual(await states('jwt'), ['revoked', 'active']);
      const verifiers = await two.keyring.verifiers('jwt', await counter());
      assert.ok(!verifiers.some(({ keyId }) => keyId === old.keyId));
      const { keyId } = await two.keyring.signer('jwt');
      assert.equal(verifiers.length === 1 && verifiers[0]!.keyId === keyId, true);
      if (announced !== null) assert.equal(keyId, announced.keyId);
    });
  }

  it('revoke what is announced or retires, and leave what signs alone', async () => {
    const { keyring, keys } = replica();
    const old = await keyring.signer('registry');
    const { keyId: active } = await keys.rotate(OPERATOR, 'registry', record);
    const { keyId: next } = await keys.announce(OPERATOR, 'registry', record);
    for (const keyId of [old.keyId, next]) await keys.revoke(OPERATOR, 'registry', keyId, record);
    assert.deepEqual(await states('registry'), ['revoked', 'active', 'revoked']);
    assert.equal((await keyring.signer('registry')).keyId, active);
  });

  it('refuse to revoke what there is not, what is of another purpose, and what is revoked', async () => {
    const { keyring, keys } = replica();
    const { keyId } = await keyring.signer('jwt');
    await keyring.signer('registry');
    await assert.rejects(keys.revoke(OPERATOR, 'jwt', 'A'.repeat(43), record), isFault('not-found'));
    await assert.rejects(keys.revoke(OPERATOR, 'registry', keyId, record), isFault('not-found'));
    await keys.revoke(OPERATOR, 'jwt', keyId, record);
    await assert.rejects(keys.revoke(OPERATOR, 'jwt', keyId, record), isFault('key-transition-refused'));
    assert.deepEqual(await states('jwt'), ['revoked', 'active']);
  });

  it('revoke a key once when two replicas are told to at once, with one successor', async () => {
    const [one, two] = [replica(), replica()];
    const { keyId } = await one.keyring.signer('jwt');
    const ends = await Promise.allSettled([one, two].map(({ keys }) => keys.revoke(OPERATOR, 'jwt', keyId, record)));
    assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(await states('jwt'), ['revoked', 'active']);
  });

  it('revoke what signs though its successor was announced and revoked in between: with another', async () => {
    const [one, two] = [replica(), replica()];
    const old = await one.keyring.signer('jwt');
    const prepare = one.keyring.prepare.bind(one.keyring);
    let isFirst = true;
    one.keyring.prepare = async (purpose) => {
      const spare = await prepare(purpose);
      if (isFirst) await two.keys.revoke(OPERATOR, purpose, (await two.keys.announce(OPERATOR, purpose, record)).keyId, record);
      isFirst = false;
      return spare;
    };
    await one.keys.revoke(OPERATOR, 'jwt', old.keyId, record);
    assert.deepEqual(await states('jwt'), ['revoked', 'revoked', 'active']);
    assert.deepEqual(recorded.slice(2), ['announce jwt 3', 'rotate jwt 3', 'revoke jwt 1']);
  });

  for (const change of ['revoke', 'rotate'] as const) {
    it(`never put what this house's key did not write in the place of what signs: ${change}`, async () => {
      const { keyring, keys } = replica();
      const old = await keyring.signer('jwt');
      const foreign = testKeyring(database, { clock, rootKey: Buffer.alloc(32, 9) });
      const planted = await foreign.prepare('jwt');
      await database.app.run(OPERATOR, (tx) => foreign.announce(tx, planted));
      if (change === 'revoke') await keys.revoke(OPERATOR, 'jwt', old.keyId, record);
      else await keys.rotate(OPERATOR, 'jwt', record);
      assert.deepEqual(await states('jwt'), [change === 'revoke' ? 'revoked' : 'retiring', 'revoked', 'active']);
      assert.deepEqual(recorded.slice(0, 3), ['revoke jwt 2', 'announce jwt 3', 'rotate jwt 3']);
      assert.notEqual((await keyring.signer('jwt')).keyId, planted.id);
    });
  }

  it('are listed with what there has been, the revoked too', async () => {
    const { keyring, keys } = replica();
    for (const purpose of Object.keys(KEY_PURPOSES) as KeyPurpose[]) await keyring.signer(purpose);
    await keys.revoke(OPERATOR, 'jwt', (await keyring.signer('jwt')).keyId, record);
    const listed = await keys.list();
    assert.deepEqual(listed.map(({ purpose, version, state }) => `${purpose} ${version} ${state}`), ['jwt 1 revoked', 'jwt 2 active', 'registry 1 active', 'registry-token 1 active', 'attestation 1 active', 'audit-checkpoint 1 active', 'audit-cosign 1 active', 'result 1 active']);
  });
});
