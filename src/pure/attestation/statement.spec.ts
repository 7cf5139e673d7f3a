import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { formatNote } from '../transparency-log/note.js';
import { signNote } from '../transparency-log/note-signature.js';
import { verifierKey } from '../transparency-log/verifier-key.js';
import { type AttestationDemands, type AttestationStatement, formatStatement, NONCE, parseStatement, verifyAttestation } from './statement.js';

const RELEASE = `sha256:${'ab'.repeat(32)}`;
const STATEMENT: AttestationStatement = {
  server: 'https://quantonium.example',
  nonce: 'vHyqAAcL3oYI3xb0pQ3xVA',
  time: '2026-11-23T09:30:00.000Z',
  release: RELEASE,
  version: '0.1.0',
  epoch: 3,
  node: '24.21.0',
  roles: ['api', 'ledger'],
  flags: ['import', 'permission'],
  hardening: ['seccomp', 'user'],
  lacking: [],
  seccomp: '2',
  stages: 16,
  measurement: `sha256:${'cd'.repeat(32)}`,
  selfTests: 18,
  uptimeSeconds: 42,
  rechecked: 'never',
};
const NAME = 'quantonium.example/attestation';
const pair = generateKeyPairSync('ed25519');
const KEY = verifierKey(NAME, 'ed25519', pair.publicKey);
const signed = async (statement: AttestationStatement, text = formatStatement(statement)): Promise<Buffer> =>
  Buffer.from(formatNote(await signNote(text, [{ key: KEY, sign: (message) => sign(null, message, pair.privateKey) }], 0)));
const DEMANDS: AttestationDemands = { nonce: STATEMENT.nonce, release: null, ageSecondsMax: 300, nowMillis: Date.parse(STATEMENT.time) + 5_000 };
const refused = async (bytes: Buffer, why: RegExp, demands: Partial<AttestationDemands> = {}, keys = [KEY]): Promise<void> => {
  const verdict = verifyAttestation(bytes, keys, { ...DEMANDS, ...demands });
  assert.match(verdict.ok ? 'it was taken' : verdict.reason, why);
};

describe('an attestation', () => {
  it('is lines of text, read back as they were written', () => {
    const text = formatStatement(STATEMENT);
    assert.match(text, /^quantonium attestation 1\nserver https:\/\/quantonium\.example\nnonce vHyq[\s\S]*\nroles api,ledger\n[\s\S]*\nlacking -\n[\s\S]*\nself-tests 18\nuptime-seconds 42\nrechecked never\n$/);
    assert.deepEqual(parseStatement(text), STATEMENT);
  });

  it('is good under a key that is trusted, for the nonce that was sent', async () => {
    assert.deepEqual(verifyAttestation(await signed(STATEMENT), [KEY], DEMANDS), { ok: true, statement: STATEMENT });
    assert.equal(verifyAttestation(await signed(STATEMENT), [KEY], { ...DEMANDS, release: RELEASE }).ok, true);
  });

  it('is refused for another nonce, another release, and when it is too old or not yet', async () => {
    const bytes = await signed(STATEMENT);
    await refused(bytes, /another nonce/, { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' });
    await refused(bytes, /the release that runs is sha256:abab/, { release: RELEASE.replace('a', 'b') });
    await refused(bytes, /too long ago/, { nowMillis: DEMANDS.nowMillis + 400_000 });
    await refused(bytes, /to come/, { nowMillis: DEMANDS.nowMillis - 100_000 });
    await refused(await signed({ ...STATEMENT, release: 'none' }), /the release that runs is none/, { release: RELEASE });
  });

  it('is refused when a byte of it is another, or somebody else has signed it', async () => {
    const note = (await signed(STATEMENT)).toString();
    await refused(Buffer.from(note.replace('lacking -', 'lacking user')), /signature is false/);
    await refused(Buffer.from(note.replace('epoch 3', 'epoch 4')), /signature is false/);
    const other = generateKeyPairSync('ed25519');
    await refused(Buffer.from(note), /none of the keys/, {}, [verifierKey(NAME, 'ed25519', other.publicKey)]);
    await refused(Buffer.from(note), /none of the keys/, {}, [verifierKey('elsewhere.example/attestation', 'ed25519', pair.publicKey)]);
    await refused(Buffer.from(note), /none of the keys/, {}, []);
  });

  it('refuses every other text, however it is signed', async () => {
    const text = formatStatement(STATEMENT);
    const texts = [
      text.replace('attestation 1', 'attestation 2'),
      text.replace('epoch 3\n', ''),
      `${text}more x\n`,
      text.replace('epoch 3', 'epoch 03'),
      text.replace('epoch 3', 'epoch  3'),
      text.replace('seccomp 2', 'seccomp two'),
      text.replace('release sha256', 'release md5'),
      text.replace('roles api,ledger', 'roles api,,ledger'),
      text.replace('lacking -', 'lacking '),
      text.replace('version 0.1.0\nepoch 3', 'epoch 3\nversion 0.1.0'),
      text.replace('.000Z', '.000+01:00'),
    ];
    for (const each of texts) {
      assert.notEqual(each, text);
      await refused(await signed(STATEMENT, each), /attestation/);
    }
    await refused(Buffer.from('no note'), /note/);
  });

  it('takes a nonce that cannot be guessed or repeated by chance, and nothing that needs escaping', () => {
    for (const nonce of ['A'.repeat(22), 'a-Z_09'.repeat(14)]) assert.match(nonce, NONCE);
    for (const nonce of ['', 'A'.repeat(21), 'A'.repeat(89), `${'A'.repeat(22)}\n`, `${'A'.repeat(22)}=`, `${'A'.repeat(22)} `]) assert.doesNotMatch(nonce, NONCE);
  });
});
