import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Fault } from '#pure/fault/fault.js';
import type { ContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { IMAGE, INDEX, LAYER } from '../../../../test/harness/registry-client.js';
import { type Layer, manifestBytes, RegistryContents } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation } from '../../../../test/harness/simulation.js';
import { POLICY_DEFAULT, type RegistryPolicy } from '../domain/registry-policy.js';
import { ManifestDeletion } from '../manifests/manifest-deletion.js';
import { ManifestPull } from '../manifests/manifest-pull.js';
import { Tags } from '../manifests/tags.js';
import { RegistryModule } from '../registry.module.js';
import { DueEvaluations } from './due-evaluations.js';
import { Inventory } from './inventory.js';
import { Lifecycle } from './lifecycle.js';
import { ProjectPolicies } from './project-policies.js';
import { TrustedKeys } from './trusted-keys.js';

const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const NAME = 'red/app';

/** Each test has a repository of its own; all are of one project, whose policy each test sets. */
describe('what a project demands of its images', () => {
  let installation: Installation;
  let directory: string;
  let contents: RegistryContents;
  let pull: ManifestPull;
  let deletion: ManifestDeletion;
  let tags: Tags;
  let policies: ProjectPolicies;
  let keys: TrustedKeys;
  let lifecycle: Lifecycle;
  let inventory: Inventory;
  let due: DueEvaluations;
  /** Pushes; answers for images and governs; only pulls. */
  let [ann, sec, vic]: Principal[] = [];

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-governance-'));
    const replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    [pull, deletion, tags] = [replica.get(ManifestPull), replica.get(ManifestDeletion), replica.get(Tags)];
    [policies, keys, lifecycle, inventory, due] = [replica.get(ProjectPolicies), replica.get(TrustedKeys), replica.get(Lifecycle), replica.get(Inventory), replica.get(DueEvaluations)];
    ann = await installation.person('operator', installation.red);
    contents = new RegistryContents(replica, ann);
    sec = await installation.person('security-admin', installation.red);
    vic = await installation.person('viewer', installation.red);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const refusal = (code: string) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, code, String(fault));
    return true;
  };
  const digestOf = (text: string): ContentDigest => ({ algorithm: 'sha256', hex: text.slice(7) });

  const manifest = (name: string, tag: string | null, layers: readonly Layer[], members: object = {}): Promise<string> => contents.image(name, layers, tag ?? [], members);
  const image = (name: string, tag: string, content = tag): Promise<string> => manifest(name, tag, [{ type: LAYER, bytes: Buffer.from(`${name} ${content}`) }]);

  function simpleSigning(digest: string, key: KeyObject): Layer {
    const bytes = Buffer.from(JSON.stringify({ critical: { identity: { 'docker-reference': `quantonium.example/${NAME}` }, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' }, optional: null }));
    return { type: SIMPLE, bytes, annotations: { 'dev.cosignproject.cosign/signature': sign('sha256', bytes, key).toString('base64') } };
  }
  const signed = (name: string, digest: string, key: KeyObject): Promise<string> => manifest(name, `${digest.replace(':', '-')}.sig`, [simpleSigning(digest, key)]);

  async function govern(wanted: Partial<RegistryPolicy>): Promise<void> {
    const { version } = await policies.get(sec!, installation.red);
    await policies.set(sec!, installation.red, new Set([version]), { ...POLICY_DEFAULT, ...wanted });
  }
  const demanding = (demands: Partial<RegistryPolicy['demands']>, mode: RegistryPolicy['mode'] = 'enforce'): Promise<void> => govern({ mode, demands: { ...POLICY_DEFAULT.demands, ...demands } });
  async function trust(pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })): Promise<{ readonly id: string; readonly key: KeyObject }> {
    const material = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { id } = await keys.add(sec!, null, installation.red, { label: 'spec', kind: 'public-key', material });
    return { id, key: pair.privateKey };
  }
  async function repositoryOf(name: string): Promise<string> {
    return (await installation.query<{ id: string }>('SELECT id FROM registry.repository WHERE name = $1', [name]))[0]!.id;
  }
  async function stateOf(name: string, digest: string): Promise<{ readonly state: string; readonly version: number; readonly isEvaluated: boolean }> {
    const { state, version, isEvaluated } = await inventory.manifest(vic!, await repositoryOf(name), digest);
    return { state, version, isEvaluated };
  }
  async function become(name: string, digest: string, to: 'released' | 'deprecated' | 'revoked', who = sec!): Promise<void> {
    const { version } = await stateOf(name, digest);
    await lifecycle.transition(who, await repositoryOf(name), digest, { to, reason: `${to} by the spec`, expected: new Set([version]), request: null });
  }
  const entries = async (code: string, digest: string): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%' AND convert_from(body, 'UTF8') LIKE '%' || $2 || '%'`, [code, digest])).length;

  it('gives out everything without a word while the mode is off, whatever is missing', async () => {
    await demanding({ signature: true }, 'off');
    const digest = await image('red/off', 'v1');
    assert.equal((await pull.get(vic!, 'red/off', { tag: 'v1' })).manifest.warning, null);
    assert.deepEqual(await stateOf('red/off', digest), { state: 'quarantined', version: 1, isEvaluated: false });
  });

  it('warns who pulls what nobody has released, in the mode that warns', async () => {
    await demanding({ signature: true }, 'warn');
    await image('red/warn', 'v1');
    assert.equal((await pull.describe(vic!, 'red/warn', { tag: 'v1' })).warning, '299 - "The manifest is quarantined, and not released"');
  });

  it('gives out nothing that is not released when enforced, but to who may pull what is quarantined', async () => {
    await demanding({ signature: true });
    const digest = await image('red/enforced', 'v1');
    for (const reference of [{ tag: 'v1' }, { digest: digestOf(digest) }]) {
      await assert.rejects(pull.get(vic!, 'red/enforced', reference), (fault: Fault) => refusal('denied')(fault) && /quarantined/.test(fault.context.detail ?? ''));
      await assert.rejects(pull.describe(vic!, 'red/enforced', reference), refusal('denied'));
    }
    assert.match((await pull.get(ann!, 'red/enforced', { tag: 'v1' })).manifest.warning ?? '', /quarantined/);
  });

  it('verifies an image when the signature of a trusted key is pushed, and releases it to everybody', async () => {
    const { id, key } = await trust();
    await demanding({ signature: true });
    const digest = await image('red/signed', 'v1');
    const signature = await signed('red/signed', digest, key);
    assert.equal((await stateOf('red/signed', digest)).state, 'verified');
    const { signatures } = await inventory.manifest(vic!, await repositoryOf('red/signed'), digest);
    assert.deepEqual(signatures.map(({ manifestDigest, trustedKeyId, format }) => ({ manifestDigest, trustedKeyId, format })), [{ manifestDigest: signature, trustedKeyId: id, format: 'cosign' }]);
    await assert.rejects(pull.get(vic!, 'red/signed', { tag: 'v1' }), refusal('denied'));
    await become('red/signed', digest, 'released');
    assert.equal((await pull.get(vic!, 'red/signed', { tag: 'v1' })).manifest.warning, null);
    assert.equal(await entries('registry.manifest.transition', digest), 1);
    await keys.remove(sec!, installation.red, id);
  });

  it('believes neither a key that is not listed, nor the signature of another image, nor an image that says it is a signature', async () => {
    const { id, key } = await trust();
    await demanding({ signature: true });
    const digest = await image('red/forged', 'v1');
    const other = await image('red/forged', 'v2');
    await signed('red/forged', digest, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    await manifest('red/forged', null, [simpleSigning(other, key)], { subject: { mediaType: IMAGE, digest, size: 1 } });
    assert.equal((await stateOf('red/forged', digest)).state, 'quarantined');
    // A subject, or the tag of a signature, does not carry what can be run past the gate.
    const disguised = await manifest('red/forged', `sha256-${'a'.repeat(64)}.sig`, [{ type: LAYER, bytes: Buffer.from('x') }], { subject: { mediaType: IMAGE, digest, size: 1 } });
    await assert.rejects(pull.get(vic!, 'red/forged', { digest: digestOf(disguised) }), refusal('denied'));
    await keys.remove(sec!, installation.red, id);
  });

  it('takes back what was verified as soon as its key is removed, and verifies by a new one', async () => {
    const first = await trust();
    await demanding({ signature: true }, 'warn');
    const digest = await image('red/rotated', 'v1');
    await signed('red/rotated', digest, first.key);
    assert.match((await pull.describe(vic!, 'red/rotated', { tag: 'v1' })).warning ?? '', /verified/);
    await keys.remove(sec!, installation.red, first.id);
    // Before anything was evaluated again.
    assert.match((await pull.describe(vic!, 'red/rotated', { tag: 'v1' })).warning ?? '', /quarantined/);
    assert.equal((await stateOf('red/rotated', digest)).isEvaluated, false);
    await assert.rejects(become('red/rotated', digest, 'released'), refusal('transition-refused'));
    await due.evaluate();
    assert.deepEqual(await stateOf('red/rotated', digest), { state: 'quarantined', version: 3, isEvaluated: true });
    const second = await trust();
    await signed('red/rotated', digest, second.key);
    assert.equal((await stateOf('red/rotated', digest)).state, 'verified');
    await keys.remove(sec!, installation.red, second.id);
  });

  it('quarantines again when the signature is deleted', async () => {
    const { id, key } = await trust();
    await demanding({ signature: true }, 'warn');
    const digest = await image('red/unsigned', 'v1');
    const signature = await signed('red/unsigned', digest, key);
    await deletion.delete(ann!, 'red/unsigned', digestOf(signature));
    assert.match((await pull.describe(vic!, 'red/unsigned', { tag: 'v1' })).warning ?? '', /quarantined/);
    await due.evaluate();
    assert.equal((await stateOf('red/unsigned', digest)).state, 'quarantined');
    await keys.remove(sec!, installation.red, id);
  });

  it('asks for a bill of materials and for a report with nothing worse than the policy lets pass', async () => {
    await demanding({ sbom: true, scanSeverityMax: 'medium' });
    const digest = await image('red/scanned', 'v1');
    const subject = { mediaType: IMAGE, digest, size: 1 };
    const repository = await repositoryOf('red/scanned');
    const missing = async (): Promise<readonly string[]> => (await lifecycle.evaluate(sec!, repository, digest)).missing;
    const report = (score: string): Promise<string> =>
      manifest('red/scanned', null, [{ type: 'application/sarif+json', bytes: Buffer.from(JSON.stringify({ version: '2.1.0', runs: [{ results: [{ ruleId: 'CVE', properties: { 'security-severity': score } }] }] })) }], { subject, artifactType: 'application/sarif+json' });
    assert.deepEqual(await missing(), ['sbom', 'scan-report']);
    await manifest('red/scanned', null, [{ type: 'application/spdx+json', bytes: Buffer.from('{}') }], { subject, artifactType: 'application/spdx+json' });
    await report('9.8');
    assert.deepEqual(await missing(), ['scan-severity']);
    await report('5.0');
    assert.deepEqual(await missing(), []);
    assert.equal((await stateOf('red/scanned', digest)).state, 'verified');
  });

  it('gives out the parts of an index that somebody answers for', async () => {
    await demanding({});
    const part = await image('red/index', 'part');
    const index = await contents.manifest('red/index', manifestBytes(INDEX, { manifests: [{ mediaType: IMAGE, digest: part, size: 1 }] }), 'v1', INDEX);
    await assert.rejects(pull.get(vic!, 'red/index', { digest: digestOf(part) }), refusal('denied'));
    await become('red/index', index, 'released');
    await pull.get(vic!, 'red/index', { tag: 'v1' });
    await pull.get(vic!, 'red/index', { digest: digestOf(part) });
  });

  it('gives out what is deprecated with a warning, and nobody what is revoked, whatever the mode: but its signatures', async () => {
    await demanding({}, 'warn');
    const digest = await image('red/ended', 'v1');
    const signature = await manifest('red/ended', `${digest.replace(':', '-')}.sig`, [{ type: SIMPLE, bytes: Buffer.from('s') }]);
    await become('red/ended', digest, 'released');
    await become('red/ended', digest, 'deprecated');
    await govern({ mode: 'off' });
    assert.equal((await pull.get(vic!, 'red/ended', { tag: 'v1' })).manifest.warning, '299 - "The manifest is deprecated: deprecated by the spec"');
    await become('red/ended', digest, 'revoked');
    for (const who of [ann!, sec!, vic!]) {
      for (const reference of [{ tag: 'v1' }, { digest: digestOf(digest) }]) await assert.rejects(pull.get(who, 'red/ended', reference), (fault: Fault) => refusal('denied')(fault) && /revoked by the spec/.test(fault.context.detail ?? ''));
    }
    await pull.get(vic!, 'red/ended', { digest: digestOf(signature) });
  });

  it('lets only who may revoke have it forgotten that an image was: pushed again, it is given out', async () => {
    const digest = await image('red/forgotten', 'v1');
    await become('red/forgotten', digest, 'revoked');
    await assert.rejects(deletion.delete(ann!, 'red/forgotten', digestOf(digest)), refusal('denied'));
    await assert.rejects(pull.get(vic!, 'red/forgotten', { tag: 'v1' }), refusal('denied'));
    await deletion.delete(await installation.person('owner', null), 'red/forgotten', digestOf(digest));
    assert.equal(await image('red/forgotten', 'v1'), digest);
    await pull.get(vic!, 'red/forgotten', { tag: 'v1' });
  });

  it('refuses what cannot follow, who may not, and who has not seen what stands', async () => {
    await demanding({ signature: true });
    const digest = await image('red/steps', 'v1');
    const repository = await repositoryOf('red/steps');
    const to = (state: 'released' | 'deprecated' | 'revoked', expected: number, who = sec!) => lifecycle.transition(who, repository, digest, { to: state, reason: 'x', expected: new Set([expected]), request: null });
    await assert.rejects(to('released', 1), refusal('transition-refused'));
    await assert.rejects(to('deprecated', 1), refusal('transition-refused'));
    await assert.rejects(to('revoked', 2), refusal('precondition-failed'));
    for (const who of [ann!, vic!]) await assert.rejects(to('revoked', 1, who), refusal('forbidden'));
    const bea = await installation.person('security-admin', installation.blue);
    await assert.rejects(to('revoked', 1, bea), refusal('not-found'));
    await assert.rejects(policies.get(bea, installation.red), refusal('not-found'));
    await assert.rejects(policies.set(ann!, installation.red, null, POLICY_DEFAULT), refusal('forbidden'));
    await to('revoked', 1);
    await assert.rejects(to('revoked', 2), refusal('transition-refused'));
    assert.equal(await entries('registry.manifest.transition', digest), 1);
  });

  it('releases only with a second person where the policy asks for four eyes', async () => {
    await demanding({ releaseFourEyes: true });
    const digest = await image('red/eyes', 'v1');
    assert.equal((await stateOf('red/eyes', digest)).state, 'verified');
    await assert.rejects(become('red/eyes', digest, 'released'), { name: 'ApprovalNeeded' });
    assert.equal((await stateOf('red/eyes', digest)).state, 'verified');
    await become('red/eyes', digest, 'revoked');
  });

  it('lets nobody move or delete a tag that is not to be moved, nor delete what it points to', async () => {
    await govern({ immutableTags: ['v*'] });
    const digest = await image('red/fixed', 'v1');
    await image('red/fixed', 'latest');
    await assert.rejects(image('red/fixed', 'v1', 'another'), refusal('tag-immutable'));
    await assert.rejects(tags.delete(ann!, 'red/fixed', 'v1'), refusal('tag-immutable'));
    await assert.rejects(deletion.delete(ann!, 'red/fixed', digestOf(digest)), refusal('tag-immutable'));
    await image('red/fixed', 'v1');
    await image('red/fixed', 'latest', 'another');
    assert.equal((await pull.describe(vic!, 'red/fixed', { tag: 'v1' })).digest, digest);
  });

  it('refuses rules of retention that keep nothing of what they speak of, or speak of nothing, by their number', async () => {
    const { version } = await policies.get(sec!, installation.red);
    const rule = { repositories: ['*'], tags: ['*'], keepAll: false, keepLatestPushed: 3, keepLatestPulled: null, keepPushedWithinDays: null, keepPulledWithinDays: null, untaggedAfterDays: null };
    const set = (second: object) => policies.set(sec!, installation.red, new Set([version]), { ...POLICY_DEFAULT, retention: [rule, { ...rule, ...second }] });
    for (const [flawed, pointer] of [[{ keepLatestPushed: null }, '/retention/1'], [{ tags: [] }, '/retention/1/tags'], [{ tags: [], keepLatestPushed: null }, '/retention/1']] as const) {
      await assert.rejects(set(flawed), (fault: Fault) => refusal('invalid-request')(fault) && fault.context.pointers?.[0]?.pointer === pointer);
    }
    assert.equal((await policies.get(sec!, installation.red)).version, version);
    assert.deepEqual((await set({ tags: [], keepLatestPushed: null, untaggedAfterDays: 14 })).retention[1]!.untaggedAfterDays, 14);
    await govern({});
  });

  it('refuses keys that are none, private ones, weak ones, and one that is listed already', async () => {
    const add = (material: string, kind: 'public-key' | 'certificate-authority' = 'public-key') => keys.add(sec!, null, installation.red, { label: 'x', kind, material });
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const material of ['', 'x', weak, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), `${pem}${pem}`]) await assert.rejects(add(material), refusal('invalid-request'));
    await assert.rejects(add(pem, 'certificate-authority'), refusal('invalid-request'));
    const { id, fingerprint } = await add(pem);
    assert.equal(fingerprint, createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex'));
    await assert.rejects(add(pem), refusal('trusted-key-listed'));
    await keys.remove(sec!, installation.red, id);
    await assert.rejects(keys.remove(sec!, installation.red, id), refusal('not-found'));
  });
});
