import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { codeSigner, issuedBy, selfSigned } from '../../../../test/harness/certificate.js';
import type { ContentDigest } from '../content-digest.js';
import { readCertificate } from './certificate-chain.js';
import { readPublicKey } from './public-key.js';
import { preAuthenticationEncoding } from './sigstore-bundle.js';
import { signatureFormatOf } from './signature-formats.js';
import type { SignatureEnvelope, SignatureVerdict, SignedImage, TrustAnchor } from './signed-image.js';

const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const NOTATION = 'application/vnd.cncf.notary.signature';
const HEX = 'a'.repeat(64);
const DIGEST: ContentDigest = { algorithm: 'sha256', hex: HEX };
const IMAGE: SignedImage = { digest: DIGEST, repositories: null, atMillis: Date.UTC(2026, 10, 23) };
const OTHER: SignedImage = { ...IMAGE, digest: { algorithm: 'sha256', hex: 'b'.repeat(64) } };

const verify = (layer: string, artifactType: string | null, envelope: SignatureEnvelope, anchors: readonly TrustAnchor[], image = IMAGE): SignatureVerdict => signatureFormatOf(layer, artifactType)!.verify(envelope, image, anchors);
const anchor = (publicKey: KeyObject, id = 'key'): TrustAnchor => ({ id, kind: 'public-key', key: readPublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())! });
const accepted = { ok: true, anchorId: 'key' };
const no = (refusal: string): unknown => ({ ok: false, refusal });
/** A byte in the middle is another one. */
const bent = (bytes: Buffer): Buffer => Buffer.from(bytes).fill(bytes[bytes.length >> 1]! ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1);
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The keys that sign, and the digest that each signs with. */
const SIGNERS = [
  { name: 'P-256', pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }), digest: 'sha256' },
  { name: 'P-384', pair: generateKeyPairSync('ec', { namedCurve: 'P-384' }), digest: 'sha384' },
  { name: 'P-521', pair: generateKeyPairSync('ec', { namedCurve: 'P-521' }), digest: 'sha512' },
  { name: 'RSA-2048', pair: generateKeyPairSync('rsa', { modulusLength: 2048 }), digest: 'sha256' },
  { name: 'Ed25519', pair: generateKeyPairSync('ed25519'), digest: null },
];
const [EC] = SIGNERS;

describe('the signature of cosign', () => {
  const payload = (over: object = {}, digest = `sha256:${HEX}`): Buffer => json({ critical: { identity: { 'docker-reference': 'q.example:5000/red/app' }, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature', ...over }, optional: null });
  const envelope = (bytes: Buffer, key = EC!.pair.privateKey, digest: string | null = 'sha256'): SignatureEnvelope => ({ bytes, annotations: { 'dev.cosignproject.cosign/signature': sign(digest, bytes, key).toString('base64') } });
  const trusted = [anchor(EC!.pair.publicKey)];

  for (const { name, pair, digest } of SIGNERS) {
    it(`is accepted of a key of ${name}, and refused when a byte is another one`, () => {
      const signed = envelope(payload(), pair.privateKey, digest);
      assert.deepEqual(verify(SIMPLE, null, signed, [anchor(pair.publicKey)]), accepted);
      assert.deepEqual(verify(SIMPLE, null, { ...signed, bytes: bent(signed.bytes) }, [anchor(pair.publicKey)]), no('untrusted'));
    });
  }

  it('is refused for another image, of another key, without keys, and without a signature', () => {
    const signed = envelope(payload());
    assert.deepEqual(verify(SIMPLE, null, signed, trusted, OTHER), no('other-image'));
    assert.deepEqual(verify(SIMPLE, null, signed, [anchor(SIGNERS[1]!.pair.publicKey)]), no('untrusted'));
    assert.deepEqual(verify(SIMPLE, null, signed, []), no('untrusted'));
    for (const text of ['', 'no base64', 'AAAA ']) assert.deepEqual(verify(SIMPLE, null, { ...signed, annotations: { 'dev.cosignproject.cosign/signature': text } }, trusted), no('malformed'));
    assert.deepEqual(verify(SIMPLE, null, { ...signed, annotations: {} }, trusted), no('malformed'));
  });

  it('names the repository that it is for, where that is asked', () => {
    const at = (repository: string): SignedImage => ({ ...IMAGE, repositories: [repository] });
    assert.deepEqual(verify(SIMPLE, null, envelope(payload()), trusted, at('q.example:5000/red/app')), accepted);
    const tagged = payload({ identity: { 'docker-reference': `q.example:5000/red/app:v1@sha256:${HEX}` } });
    assert.deepEqual(verify(SIMPLE, null, envelope(tagged), trusted, at('q.example:5000/red/app')), accepted);
    for (const repository of ['q.example:5000/red/other', 'q.example/red/app', 'red/app']) assert.deepEqual(verify(SIMPLE, null, envelope(payload()), trusted, at(repository)), no('other-repository'));
  });

  it('is refused when what was signed is something else', () => {
    for (const [bytes, why] of [[Buffer.from('{'), 'malformed'], [json({}), 'malformed'], [json({ critical: {} }), 'malformed'], [payload({ type: 'a letter' }), 'unsupported']] as const) assert.deepEqual(verify(SIMPLE, null, envelope(bytes), trusted), no(why));
  });
});

describe('a Sigstore bundle by a key', () => {
  const statement = (over: object = {}): Buffer => json({ _type: 'https://in-toto.io/Statement/v1', subject: [{ name: 'q.example/red/app', digest: { sha256: HEX } }], predicateType: 'https://sigstore.dev/cosign/sign/v1', predicate: {}, ...over });
  function bundle(payload = statement(), over: object = {}, type = 'application/vnd.in-toto+json'): SignatureEnvelope {
    const sig = sign('sha256', preAuthenticationEncoding(type, payload), EC!.pair.privateKey).toString('base64');
    return { annotations: {}, bytes: json({ mediaType: BUNDLE, verificationMaterial: { publicKey: { hint: 'x' } }, dsseEnvelope: { payload: payload.toString('base64'), payloadType: type, signatures: [{ sig, keyid: '' }] }, ...over }) };
  }
  const trusted = [anchor(EC!.pair.publicKey)];

  it('encodes as DSSE has it', () => {
    // protocol.md of DSSE v1.0.2, "Test Vectors".
    assert.equal(preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('is accepted, and refused for another image, of another key, and as another type than was signed', () => {
    assert.deepEqual(verify(BUNDLE, null, bundle(), trusted), accepted);
    assert.deepEqual(verify(BUNDLE, null, bundle(), trusted, OTHER), no('other-image'));
    assert.deepEqual(verify(BUNDLE, null, bundle(), [anchor(SIGNERS[1]!.pair.publicKey)]), no('untrusted'));
    assert.deepEqual(verify(BUNDLE, null, bundle(statement(), {}, 'text/plain'), trusted), no('unsupported'));
    assert.deepEqual(verify(BUNDLE, null, bundle(statement(), { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }), trusted), no('malformed'));
  });

  it('names the repository that it is for, where that is asked', () => {
    assert.deepEqual(verify(BUNDLE, null, bundle(), trusted, { ...IMAGE, repositories: ['q.example/red/app'] }), accepted);
    assert.deepEqual(verify(BUNDLE, null, bundle(), trusted, { ...IMAGE, repositories: ['q.example/red/other'] }), no('other-repository'));
  });

  it('does not take for a signature what says something else of the image: a bill of materials, a finding', () => {
    for (const predicateType of ['https://spdx.dev/Document', 'https://cosign.sigstore.dev/attestation/vuln/v1', 7]) assert.deepEqual(verify(BUNDLE, null, bundle(statement({ predicateType })), trusted), no('unsupported'));
    for (const over of [{ _type: 'x' }, { subject: {} }, { subject: undefined }]) assert.deepEqual(verify(BUNDLE, null, bundle(statement(over)), trusted), no('malformed'));
  });

  it('is refused with more signatures than anybody needs, and with none', () => {
    for (const signatures of [[], Array.from({ length: 9 }, () => ({ sig: 'AAAA' })), [{}], 'x']) {
      assert.deepEqual(verify(BUNDLE, null, bundle(statement(), { dsseEnvelope: { payload: 'AAAA', payloadType: 'application/vnd.in-toto+json', signatures } }), trusted), no('malformed'));
    }
  });
});

describe('the signature of Notation', () => {
  const root = selfSigned('Release root');
  const leaf = codeSigner(root, 'release');
  const listed: TrustAnchor = { id: 'key', kind: 'certificate-authority', certificate: readCertificate(root.cert)! };
  const der = (pem: string): string => new X509Certificate(pem).raw.toString('base64');
  interface Over {
    readonly head?: object;
    readonly payload?: object;
    readonly chain?: readonly string[];
    readonly key?: KeyObject;
  }
  function envelope({ head = {}, payload = { targetArtifact: { mediaType: 'x', digest: `sha256:${HEX}`, size: 1 } }, chain = [der(leaf.cert), der(root.cert)], key = leaf.privateKey }: Over = {}): SignatureEnvelope {
    const header = { alg: 'ES256', cty: 'application/vnd.cncf.notary.payload.v1+json', crit: ['io.cncf.notary.signingScheme'], 'io.cncf.notary.signingScheme': 'notary.x509', 'io.cncf.notary.signingTime': '2026-11-23T00:00:00Z', ...head };
    const [head64, payload64] = [header, payload].map((part) => json(part).toString('base64url'));
    const signature = sign('sha256', Buffer.from(`${head64}.${payload64}`), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return { annotations: {}, bytes: json({ payload: payload64, protected: head64, header: { x5c: chain, 'io.cncf.notary.signingAgent': 'spec' }, signature }) };
  }
  const judged = (over: Over, image = IMAGE, anchors: readonly TrustAnchor[] = [listed]): SignatureVerdict => verify('application/jose+json', NOTATION, envelope(over), anchors, image);

  it('is accepted of who a listed authority vouched for, with and without the authority in its chain', () => {
    assert.deepEqual(judged({}), accepted);
    assert.deepEqual(judged({ chain: [der(leaf.cert)] }), accepted);
    assert.deepEqual(judged({ head: { 'io.cncf.notary.expiry': '2027-01-01T00:00:00Z', crit: ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry'] } }), accepted);
  });

  it('is only looked at in a manifest of its type', () => assert.equal(signatureFormatOf('application/jose+json', null), null));

  it('is refused for another image or payload, of another authority, and when a byte is another one', () => {
    assert.deepEqual(judged({}, OTHER), no('other-image'));
    assert.deepEqual(judged({ payload: {} }), no('malformed'));
    assert.deepEqual(judged({}, IMAGE, [{ ...listed, certificate: readCertificate(selfSigned('Release root').cert)! } as TrustAnchor]), no('untrusted'));
    assert.deepEqual(judged({}, IMAGE, []), no('untrusted'));
    assert.deepEqual(judged({ key: codeSigner(root, 'another').privateKey }), no('untrusted'));
    assert.deepEqual(judged({}, { ...IMAGE, repositories: ['q.example/red/app'] }), no('other-repository'));
  });

  it('is refused of a certificate that does not sign code, one of an authority, one that has ended, and a broken chain', () => {
    const server = issuedBy(root, 'server.example');
    assert.deepEqual(judged({ chain: [der(server.cert)] }), no('unsupported'));
    assert.deepEqual(judged({ chain: [der(root.cert)] }), no('unsupported'));
    const ended = codeSigner(root, 'ended', '210101000000Z');
    assert.deepEqual(judged({ chain: [der(ended.cert)], key: ended.privateKey }), no('expired'));
    assert.deepEqual(judged({ chain: [der(leaf.cert), der(selfSigned('Release root').cert)] }), no('malformed'));
    assert.deepEqual(judged({ chain: [] }), no('malformed'));
    assert.deepEqual(judged({ chain: ['AAAA'] }), no('malformed'));
  });

  it('is refused with what is critical and not understood, with a scheme or algorithm that is not taken, and after its expiry', () => {
    for (const head of [{ crit: ['io.cncf.notary.signingScheme', 'io.cncf.notary.verificationPlugin'], 'io.cncf.notary.verificationPlugin': 'x' }, { crit: [] }, { crit: undefined }, { 'io.cncf.notary.signingScheme': 'notary.x509.signingAuthority' }, { alg: 'none' }, { alg: 'HS256' }, { alg: 'ES384' }, { alg: 'PS256' }, { cty: 'application/json' }, { 'io.cncf.notary.expiry': '2027-01-01T00:00:00Z' }]) {
      assert.deepEqual(judged({ head }), no('unsupported'), JSON.stringify(head));
    }
    for (const expiry of ['2026-01-01T00:00:00Z', 'tomorrow']) assert.deepEqual(judged({ head: { 'io.cncf.notary.expiry': expiry, crit: ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry'] } }), no('expired'));
  });
});

describe('what a project may list', () => {
  it('is a public key that signs images, and nothing that is private, weak or several', () => {
    for (const { pair } of SIGNERS) assert.ok(readPublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()));
    const pem = EC!.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const agreement = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const text of ['', pem + pem, weak, curve, agreement, selfSigned('x').cert, EC!.pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]) assert.equal(readPublicKey(text), null);
    assert.equal(readCertificate(pem), null);
  });
});
