import assert from 'node:assert/strict';
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, loginOwner } from '../harness/api.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import type { PointOf } from './crash-points.js';

interface KeyAnswer {
  readonly data: { readonly latest_version: number; readonly keys: Readonly<Record<string, unknown>>; readonly public_key: string; readonly ciphertext: string; readonly plaintext: string };
}

/** What was asked for, where it is cut off, and the versions that are there afterwards: none is half there. */
const KILLS_OF_KEYS: Readonly<Record<PointOf<'transit-crash'>, { readonly deed: 'create' | 'rotate' | 'import'; readonly versions: number }>> = {
  'crypto.key.after-insert': { deed: 'create', versions: 0 },
  'crypto.key.after-commit': { deed: 'create', versions: 1 },
  'crypto.version.after-insert': { deed: 'rotate', versions: 1 },
  'crypto.rotate.before-commit': { deed: 'rotate', versions: 1 },
  'crypto.rotate.after-commit': { deed: 'rotate', versions: 2 },
  'crypto.import.before-commit': { deed: 'import', versions: 1 },
};
const POINTS = Object.keys(KILLS_OF_KEYS) as PointOf<'transit-crash'>[];

/** The built server, killed while keys are made, rotated and imported: what the next start finds of them works. */
describe('kills in the middle of changes of keys', () => {
  let home: TestHome;
  before(() => {
    home = createHome();
  });
  after(() => home.dispose());

  const ask = (server: RunningServer, token: string, method: string, path: string, json?: unknown): Promise<Answer<KeyAnswer>> =>
    call<KeyAnswer>(server, method, `/v1/transit/${path}`, { token, ...(json === undefined ? {} : { json }) });

  async function running<T>(work: (server: RunningServer, token: string) => Promise<T>): Promise<T> {
    const server = await startServer(home);
    try {
      return await work(server, await loginOwner(server));
    } finally {
      assert.equal(await server.stop(), 0, server.output());
    }
  }
  const nameOf = (at: string): string => at.replaceAll('.', '_');
  const wrappedFor = (publicKey: string): string => {
    const aes = randomBytes(32);
    const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
    const head = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, aes);
    return Buffer.concat([head, cipher.update(randomBytes(32)), cipher.final()]).toString('base64');
  };

  it('leave whole versions or none, and keys that go on working', async () => {
    const ciphertext = await running(async (server, token) => {
      const { public_key: wrappingKey } = (await ask(server, token, 'GET', 'wrapping_key')).body.data;
      for (const at of POINTS) {
        const { deed } = KILLS_OF_KEYS[at];
        if (deed === 'rotate') assert.equal((await ask(server, token, 'POST', `keys/${nameOf(at)}`)).status, 200);
        if (deed === 'import') assert.equal((await ask(server, token, 'POST', `keys/${nameOf(at)}/import`, { ciphertext: wrappedFor(wrappingKey) })).status, 204);
      }
      return wrappedFor(wrappingKey);
    });
    for (const at of POINTS) {
      const server = await startServer(home, { QUANTONIUM_CRASH_AT: at });
      const token = await loginOwner(server);
      const path = { create: nameOf(at), rotate: `${nameOf(at)}/rotate`, import: `${nameOf(at)}/import_version` }[KILLS_OF_KEYS[at].deed];
      const [answer] = await Promise.all([ask(server, token, 'POST', `keys/${path}`, KILLS_OF_KEYS[at].deed === 'import' ? { ciphertext } : {}).catch(() => null), server.exited]);
      assert.equal(answer, null);
      assert.match(server.output(), new RegExp(`crash point ${at.replaceAll('.', '\\.')}`), 'the kill landed elsewhere');
    }
    await running(async (server, token) => {
      for (const at of POINTS) {
        const { deed, versions } = KILLS_OF_KEYS[at];
        const name = nameOf(at);
        const seen = await ask(server, token, 'GET', `keys/${name}`);
        if (versions === 0) assert.equal(seen.status, 404, at);
        else assert.deepEqual([seen.body.data.latest_version, Object.keys(seen.body.data.keys).length], [versions, versions], at);
        const again = await ask(server, token, 'POST', `keys/${name}${{ create: '', rotate: '/rotate', import: '/import_version' }[deed]}`, deed === 'import' ? { ciphertext } : {});
        assert.ok(again.status < 300, `${at}: ${again.text}`);
        const sealed = await ask(server, token, 'POST', `encrypt/${name}`, { plaintext: 'dGV4dA==' });
        const opened = await ask(server, token, 'POST', `decrypt/${name}`, { ciphertext: sealed.body.data.ciphertext });
        assert.equal(opened.body.data.plaintext, 'dGV4dA==', at);
      }
    });
  });
});
