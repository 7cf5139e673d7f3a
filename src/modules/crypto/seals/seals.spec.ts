import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { HeldPassphrase } from '#platform/config/held-passphrase.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { VaultSession } from '#platform/vault/vault-session.js';
import { sealOpening, testSeal } from '../../../../test/harness/hierarchy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { HierarchyChangeRepository } from '../persistence/hierarchy-change.repository.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { PassphraseSeal } from './passphrase-seal.js';
import { SealChange } from './seal-change.js';
import { openSeal } from './seal-opening.js';
import { SealRefusal, SealUnreachable } from './seal-refusal.js';
import { TransitSeal } from './transit-seal.js';

const RANDOMNESS = new SystemRandomness();
const CHEAP = { memoryKib: 64, passes: 1, parallelism: 1 };
const refusal = (matching: RegExp) => (error: unknown) => error instanceof SealRefusal && !(error instanceof SealUnreachable) && matching.test(error.message);
const unreachable = (error: unknown): boolean => error instanceof SealUnreachable;

describe('seals that open by themselves', () => {
  let database: TestDatabase;
  beforeEach(async () => (database = await openTestDatabase()));
  afterEach(() => database.close());

  const unrecorded = (): Promise<void> => Promise.resolve();
  const open = async (seal: AutomaticSeal): Promise<string> => (await openSeal(seal, sealOpening(database.app), unrecorded)).derive('spec').export().toString('hex');

  describe('a passphrase', () => {
    const seal = (passphrase: string): PassphraseSeal => new PassphraseSeal(new HeldPassphrase(passphrase), RANDOMNESS, CHEAP);

    it('opens what it sealed, by the salt and cost of the database', async () => {
      const first = await open(seal('correct horse battery'));
      assert.equal(await open(new PassphraseSeal(new HeldPassphrase('correct horse battery'), RANDOMNESS, { ...CHEAP, passes: 2 })), first);
      const [row] = await database.query<{ type: string; parameters: object }>('SELECT type, parameters FROM crypto.seal');
      assert.equal(row!.type, 'passphrase');
      assert.deepEqual(Object.keys(row!.parameters).sort(), ['kdf', 'memoryKib', 'parallelism', 'passes', 'salt']);
    });

    it('is the same however its characters are composed', async () => {
      const first = await open(seal('caf\u00e9 au lait, s\u2019il vous pla\u00eet'));
      assert.equal(await open(seal('cafe\u0301 au lait, s\u2019il vous plai\u0302t')), first);
    });

    it('is wiped when it is forgotten, and opens nothing then', async () => {
      const once = seal('correct horse battery');
      await open(once);
      once.forget();
      await assert.rejects(open(once), /started again/);
    });

    it('refuses another passphrase, and another type of seal', async () => {
      await open(seal('correct horse battery'));
      await assert.rejects(open(seal('correct horse batterz')), refusal(/passphrase is not the one/));
      await assert.rejects(open(testSeal(5)), refusal(/under the seal passphrase, and SEAL says key-file/));
    });

    it('agrees on one salt when four replicas begin at once', async () => {
      const keys = await Promise.all(Array.from({ length: 4 }, () => open(seal('correct horse battery'))));
      assert.equal(new Set(keys).size, 1);
      assert.equal((await database.query('SELECT FROM crypto.root_key')).length, 1);
    });

    for (const change of [`{"kdf":"none"}`, `{"memoryKib":1073741824}`, `{"salt":"AA"}`, `{"passes":0}`]) {
      it(`refuses parameters that were tampered with: ${change}`, async () => {
        await open(seal('correct horse battery'));
        await database.query(`UPDATE crypto.seal SET parameters = parameters || '${change}'::jsonb`);
        await assert.rejects(open(seal('correct horse battery')), refusal(/crypto\.seal/));
      });
    }
  });

  describe('another Transit server', () => {
    let server: Server;
    let url = '';
    const token = 'hvs.CAESIJ';
    const asked: { method: string; url: string; token: string | undefined }[] = [];
    let answer: (operation: string, body: { plaintext?: string; ciphertext?: string }) => { status: number; body: string };
    /** As the server of the other kind does it, with nothing that would encrypt. */
    const transit: typeof answer = (operation, { plaintext, ciphertext }) => ({ status: 200, body: JSON.stringify({ request_id: 'x', data: operation === 'encrypt' ? { ciphertext: `vault:v1:${plaintext}`, key_version: 1 } : { plaintext: ciphertext!.slice('vault:v1:'.length) } }) });
    before(async () => {
      server = createServer((request, response) => {
        let text = '';
        request.on('data', (chunk: Buffer) => (text += chunk.toString()));
        request.on('end', () => {
          asked.push({ method: request.method!, url: request.url!, token: request.headers['x-vault-token'] as string });
          const { status, body } = answer(request.url!.split('/')[3]!, text === '' ? {} : (JSON.parse(text) as object));
          response.writeHead(status, { 'content-type': 'application/json', ...(status === 302 ? { location: 'http://127.0.0.1:9/elsewhere' } : {}) }).end(body);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    });
    after(() => server.close());
    beforeEach(() => {
      asked.length = 0;
      answer = transit;
    });
    const at = (base: string, timeoutMillis?: number): TransitSeal => {
      const session = new VaultSession({ base, namespace: null, authorities: null }, { kind: 'token', token: () => token }, new SystemClock(), timeoutMillis);
      return new TransitSeal({ session, mount: 'transit', key: 'autounseal' }, RANDOMNESS);
    };
    const seal = (): TransitSeal => at(url);

    it('encrypts the key once and decrypts it at every start', async () => {
      const first = await open(seal());
      assert.equal(await open(seal()), first);
      assert.deepEqual(asked.map(({ method, url: path, token: given }) => [method, path, given]), [
        ['POST', '/v1/transit/encrypt/autounseal', token],
        ['POST', '/v1/transit/decrypt/autounseal', token],
        ['POST', '/v1/transit/decrypt/autounseal', token],
      ]);
    });

    it('refuses the key of another database, and what is no answer of a Transit server', async () => {
      await open(seal());
      answer = () => ({ status: 200, body: JSON.stringify({ data: { plaintext: Buffer.alloc(32, 9).toString('base64') } }) });
      await assert.rejects(open(seal()), refusal(/not the seal key of this database/));
      for (const body of ['{}', '<html>', '{"data":{"plaintext":"AAAA"}}', `{"data":{"plaintext":"${'!'.repeat(44)}"}}`, 'x'.repeat(100_000)]) {
        answer = () => ({ status: 200, body });
        await assert.rejects(open(seal()), refusal(/SEAL_TRANSIT_URL/));
      }
    });

    it('keeps a token that it was given alive, and holds on to none that it logs in for', async () => {
      answer = () => ({ status: 200, body: JSON.stringify({ auth: { client_token: 'hvs.mine', lease_duration: 60, renewable: true }, data: { ttl: 60, renewable: true } }) });
      await seal().upkeep();
      assert.deepEqual(asked.map(({ url: path }) => path), ['/v1/auth/token/lookup-self']);
      const session = new VaultSession({ base: url, namespace: null, authorities: null }, { kind: 'login', mount: 'approle', fields: () => ({ role_id: 'r', secret_id: 's' }) }, new SystemClock());
      await new TransitSeal({ session, mount: 'transit', key: 'autounseal' }, RANDOMNESS).upkeep();
      assert.equal(asked.length, 1);
    });

    for (const status of [302, 400, 403, 404]) {
      it(`is refused by ${status}, which an operator must mend`, async () => {
        await open(seal());
        answer = () => ({ status, body: '{"errors":["permission denied"]}' });
        await assert.rejects(open(seal()), refusal(new RegExp(`refuses to decrypt.*${status}`)));
      });
    }

    for (const status of [429, 500, 503]) {
      it(`is away by ${status}, which passes`, async () => {
        await open(seal());
        answer = () => ({ status, body: '{"errors":["Vault is sealed"]}' });
        await assert.rejects(open(seal()), unreachable);
      });
    }

    it('is away when nobody listens, and when nothing comes in time; a fresh database is then under no seal', async () => {
      await assert.rejects(open(at('http://127.0.0.1:9/v1')), unreachable);
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      await assert.rejects(open(at(address, 50)), unreachable);
      silent.closeAllConnections();
      silent.close();
      assert.deepEqual(await database.query('SELECT FROM crypto.seal'), []);
    });
  });

  it('is exchanged for another without a change to anything below, and opens nothing any more', async () => {
    const first = await open(testSeal(5));
    const change = new SealChange(new HierarchyChangeRepository(), RANDOMNESS);
    
    // The application's login has no right to: that is what keeps a server that was taken over from doing it.
    const begin = async () => ({ key: await testSeal(6).open({}), parameters: {} });
    await assert.rejects(change.change(database.app, await testSeal(5).open({}), 'key-file', await begin(), unrecorded), /permission denied/);
    await database.query('GRANT UPDATE ON crypto.seal, crypto.root_key TO quantonium_app');
    const recorded: unknown[] = [];
    await change.change(database.app, await testSeal(5).open({}), 'key-file', await begin(), (_, changed) => Promise.resolve(void recorded.push(changed)));
    assert.deepEqual(recorded, [{ from: 'key-file', to: 'key-file' }]);
    assert.equal(await open(testSeal(6)), first);
    await assert.rejects(open(testSeal(5)), refusal(/not 5/));
    await assert.rejects(change.change(database.app, await testSeal(5).open({}), 'key-file', await begin(), unrecorded), refusal(/changed by somebody else/));
  });
});
