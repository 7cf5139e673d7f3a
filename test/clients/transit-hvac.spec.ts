import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { withServer } from '../harness/with-server.js';
import { needProgram, needPythonModule, PYTHON } from './install.js';
import { createAccount, type VaultAccount } from '../harness/vault-account.js';

interface Seen {
  readonly types: Readonly<Record<string, string>>;
  readonly keys: readonly string[];
  readonly refused: Readonly<Record<string, string>>;
}

/** The client of Vault that Debian has, with OpenSSL's command line for what it wraps. */
describe('a transit engine, to a Python program with hvac', () => {
  let account: VaultAccount;
  const server = withServer(async () => {
    account = await createAccount(server, 'service');
  });
  before(() => {
    needPythonModule('hvac', 'python3-hvac');
    needProgram('openssl');
  });

  it('is a Vault', async () => {
    const { roleId, secretId } = account;
    const environment = { PATH: process.env['PATH'] ?? '', VAULT_ADDR: server.url, ROLE_ID: roleId, SECRET_ID: secretId, OWNER_PASSWORD: server.home.ownerPassword };
    const { stdout } = await promisify(execFile)(PYTHON, ['test/clients/transit-walk.py'], { env: environment, timeout: 120_000 });
    const { refused, ...seen } = JSON.parse(stdout) as Seen;
    assert.deepEqual(seen, {
      types: { tea: 'aes256-gcm96', chacha: 'chacha20-poly1305', ed: 'ed25519', ec: 'ecdsa-p256', rsa: 'rsa-2048' },
      keys: ['chacha', 'ec', 'ed', 'rsa', 'tea'],
      versions: ['v1', 'v2'],
      plaintexts: ['one pound of tea', 'one pound of tea'],
      batch: ['a', 'b'],
      convergent: true,
      rsa: 'x',
      valid: { ed: [true, false], ec: [true, false], rsa: [true, false] },
      hmac: true,
      data_key: [64, true],
      random: 48,
      hash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      public: ['1'],
      min: 2,
      imported: 'hello quantonium',
      imported_ec: true,
      health: 200,
      seal: false,
    });
    assert.match(refused['undecryptable']!, /message authentication failed/);
    assert.match(refused['unknown_type']!, /unknown key type rot13/);
    assert.match(refused['no_token']!, /permission denied/);
  });
});
