import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { missingSignature, readTrustedKeys, signManifest, TrustError, type TrustedKeys } from './release-signatures.js';

const ED25519 = generateKeyPairSync('ed25519');
const ML_DSA_65 = generateKeyPairSync('ml-dsa-65');
const OTHER = generateKeyPairSync('ed25519');
const TRUSTED: TrustedKeys = { ed25519: [ED25519.publicKey], 'ml-dsa-65': [ML_DSA_65.publicKey] };
const MANIFEST = Buffer.from('what ships');
const SIGNATURES = { ed25519: signManifest(MANIFEST, ED25519.privateKey), 'ml-dsa-65': signManifest(MANIFEST, ML_DSA_65.privateKey) };
const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte)));

describe('the signatures of a release', () => {
  it('are both needed, each by a key that is trusted', () => {
    assert.equal(missingSignature(MANIFEST, SIGNATURES, TRUSTED), null);
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, ed25519: flipped(SIGNATURES.ed25519) }, TRUSTED), 'ed25519');
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, 'ml-dsa-65': flipped(SIGNATURES['ml-dsa-65']) }, TRUSTED), 'ml-dsa-65');
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, 'ml-dsa-65': SIGNATURES.ed25519 }, TRUSTED), 'ml-dsa-65');
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, ed25519: Buffer.alloc(0) }, TRUSTED), 'ed25519');
    assert.equal(missingSignature(flipped(MANIFEST), SIGNATURES, TRUSTED), 'ed25519');
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, ed25519: signManifest(MANIFEST, OTHER.privateKey) }, TRUSTED), 'ed25519');
  });

  it('may be of one of several keys, while they are exchanged', () => {
    const both: TrustedKeys = { ...TRUSTED, ed25519: [OTHER.publicKey, ED25519.publicKey] };
    assert.equal(missingSignature(MANIFEST, SIGNATURES, both), null);
    assert.equal(missingSignature(MANIFEST, { ...SIGNATURES, ed25519: signManifest(MANIFEST, OTHER.privateKey) }, both), null);
  });
});

describe('the keys that releases are trusted by', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'release-trust-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));
  const release = join(scratch, 'release');
  mkdirSync(release);
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;
  let made = 0;

  function trust(files: Readonly<Record<string, string>>, place = join(scratch, `trust-${++made}`)): string {
    mkdirSync(place, { recursive: true, mode: 0o755 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text, { mode: 0o644 });
    return place;
  }
  const GOOD = { 'ed25519.pem': pem(ED25519.publicKey), 'ml-dsa-65.pem': pem(ML_DSA_65.publicKey) };
  const refuses = (directory: string, why: RegExp): void => assert.throws(() => readTrustedKeys(directory, release), (error: unknown) => error instanceof TrustError && why.test(error.message));

  it('are read, several of a kind from one file', () => {
    const keys = readTrustedKeys(trust({ ...GOOD, 'ed25519.pem': `# of this year\n${pem(ED25519.publicKey)}# of the next\n${pem(OTHER.publicKey)}` }), release);
    assert.deepEqual([keys.ed25519.length, keys['ml-dsa-65'].length], [2, 1]);
  });

  it('may stand behind links, as orchestrators mount them', () => {
    const links = trust({});
    const real = trust(GOOD);
    for (const name of Object.keys(GOOD)) symlinkSync(join(real, name), join(links, name));
    assert.equal(readTrustedKeys(links, release).ed25519.length, 1);
  });

  it('refuses a directory that has not both kinds, or has something else', () => {
    refuses(join(scratch, 'nowhere'), /is not there/);
    refuses(trust({ 'ed25519.pem': GOOD['ed25519.pem'] }), /ml-dsa-65.pem is not there/);
    refuses(trust({ ...GOOD, 'ed25519.pem': '' }), /no public key/);
    refuses(trust({ ...GOOD, 'ed25519.pem': GOOD['ml-dsa-65.pem'] }), /another kind: ml-dsa-65/);
    refuses(trust({ ...GOOD, 'ed25519.pem': GOOD['ed25519.pem'].replace('M', '*') }), /cannot be read/);
    refuses(trust({ ...GOOD, 'ml-dsa-65.pem': ML_DSA_65.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }), /no public key/);
  });

  it('refuses keys in the release, which would vouch for itself, also behind a link', () => {
    const inside = trust(GOOD, join(release, 'trust'));
    refuses(inside, /a part of the release/);
    const link = join(scratch, 'link');
    symlinkSync(inside, link);
    refuses(link, /a part of the release/);
  });

  it('refuses keys that others may exchange', () => {
    const file = trust(GOOD);
    chmodSync(join(file, 'ml-dsa-65.pem'), 0o664);
    refuses(file, /ml-dsa-65.pem can be written by others/);
    const directory = trust(GOOD);
    chmodSync(directory, 0o777);
    refuses(directory, /can be written by others/);
  });
});
