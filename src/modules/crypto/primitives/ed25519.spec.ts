import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compactVerify } from 'jose';
import { SystemRandomness } from '#platform/system/randomness.js';
import { KEY_TYPES, type SignatureOptions } from './key-types.js';

const { signature, open, openPublic, publicForm, importPublic, generate } = KEY_TYPES['ed25519'];
const OPTIONS: SignatureOptions = { hash: 'sha2-256', prehashed: false, algorithm: 'pss', saltLength: 'auto', marshaling: 'asn1', context: null };
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const pkcs8 = (seed: string): Buffer => hex(`302e020100300506032b657004220420${seed}`);
const spki = (point: string): Buffer => hex(`302a300506032b6570032100${point}`);

/** RFC 8032 §7.1, tests 1 to 3. */
const PUBLISHED = [
  { seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', point: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', message: '', made: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b' },
  { seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', point: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', message: '72', made: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00' },
  { seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', point: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', message: 'af82', made: '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a' },
];

describe('Ed25519', () => {
  it('has the keys and signatures of RFC 8032, and takes a digest for the message', async () => {
    for (const { seed, point, message, made } of PUBLISHED) {
      const handle = open(pkcs8(seed));
      for (const prehashed of [false, true]) assert.equal((await signature!.sign(handle, hex(message), { ...OPTIONS, prehashed })).toString('hex'), made);
      assert.equal(await signature!.verify(openPublic(spki(point)), hex(message), hex(made), OPTIONS), true);
      assert.deepEqual(publicForm(spki(point)), { name: 'ed25519', publicKey: hex(point).toString('base64') });
    }
  });

  it('refuses the same signature with the order added to its number (RFC 8032 §5.1.7)', async () => {
    const { point, message, made } = PUBLISHED[1]!;
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const number = BigInt(`0x${Buffer.from(hex(made).subarray(32)).reverse().toString('hex')}`) + order;
    const more = Buffer.concat([hex(made).subarray(0, 32), Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse()]);
    assert.equal(await signature!.verify(openPublic(spki(point)), hex(message), more, OPTIONS), false);
  });

  it('is refused without its header, and as X25519', () => {
    assert.equal(importPublic(hex(PUBLISHED[0]!.point)), null);
    assert.equal(importPublic(hex(`302a300506032b656e032100${PUBLISHED[0]!.point}`)), null);
    assert.deepEqual(importPublic(spki(PUBLISHED[0]!.point)), spki(PUBLISHED[0]!.point));
  });

  it('signs JSON web signatures that an independent implementation verifies', async () => {
    const { secret } = await generate(new SystemRandomness());
    const handle = open(secret);
    const input = `${Buffer.from('{"alg":"EdDSA"}').toString('base64url')}.e30`;
    const made = await signature!.sign(handle, Buffer.from(input), { ...OPTIONS, marshaling: 'jws' });
    await compactVerify(`${input}.${made.toString('base64url')}`, handle['publicKey']!);
  });
});
