import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Fault } from '#pure/fault/fault.js';
import { type AccessScope, parseAccessScope } from '#pure/oci/access-scope.js';
import { type ContentDigest, contentDigestOf } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { RegistryModule } from '../registry.module.js';
import { BlobMount } from './blob-mount.js';
import { BlobPull } from './blob-pull.js';
import { Uploads } from './uploads.js';

/** Ann works in every project, Ray in red alone; of what lies in blue he must learn nothing. */
describe('a mount', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let ann: Principal;
  let ray: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-mount-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    ann = await installation.person('operator', null);
    ray = await installation.person('operator', installation.red);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  let pushes = 0;
  /** A blob that is nowhere but there. */
  const pushed = (name: string): Promise<ContentDigest> => push(name, `blob ${(pushes += 1)} of ${name}`);
  async function push(name: string, text: string): Promise<ContentDigest> {
    const bytes = Buffer.from(text);
    const sent = (async function* (): AsyncGenerator<Buffer> {
      yield bytes;
    })();
    await replica.get(Uploads).put(ann, { name, bytes: sent, declaredBytes: bytes.length }, contentDigestOf(bytes));
    return contentDigestOf(bytes);
  }
  /** As a token makes of somebody. */
  const narrowed = (principal: Principal, ...scopes: readonly string[]): Principal => ({ ...principal, repositoryAccess: scopes.map((scope): AccessScope => parseAccessScope(scope)!) });
  const mount = (principal: Principal, name: string, digest: ContentDigest, from: string | null): Promise<boolean> => replica.get(BlobMount).mount(principal, name, digest, from);
  const isIn = (name: string, digest: ContentDigest): Promise<boolean> => replica.get(BlobPull).size(ann, name, digest).then(() => true, () => false);

  it('shows a blob of one repository in another, of its own project or of one that the principal may pull from', async () => {
    for (const source of ['red/source', 'blue/source']) {
      const digest = await pushed(source);
      assert.equal(await mount(ann, 'red/target', digest, source), true);
      assert.ok(await isIn('red/target', digest));
    }
  });

  it('does nothing where the source does not show it, is not there, or may not be pulled from, and tells none from another', async () => {
    const digest = await pushed('blue/secret');
    for (const source of ['red/source', 'red/nowhere', 'nobodys/project', 'blue/secret']) assert.equal(await mount(ray, 'red/ray', digest, source), false, source);
    assert.equal(await isIn('red/ray', digest), false);
  });

  it('is refused to who may not push to the target, whatever they may pull', async () => {
    const digest = await pushed('red/source');
    for (const source of ['red/source', null]) await assert.rejects(mount(ray, 'blue/target', digest, source), (fault: Fault) => fault.kind?.code === 'name-unknown');
  });

  describe('without a source', () => {
    it('finds the blob wherever the principal may pull it', async () => {
      for (const source of ['red/found', 'blue/found']) {
        const digest = await pushed(source);
        assert.equal(await mount(ann, 'red/anywhere', digest, null), true, source);
        assert.ok(await isIn('red/anywhere', digest));
      }
    });

    it('finds nothing of a project that the principal may not see, and nothing that nobody has', async () => {
      const digest = await pushed('blue/hidden');
      assert.equal(await mount(ray, 'red/ray', digest, null), false);
      assert.equal(await mount(ray, 'red/ray', contentDigestOf(Buffer.from('never pushed')), null), false);
      assert.equal(await isIn('red/ray', digest), false);
      assert.equal(await mount(ray, 'red/ray', await pushed('red/his'), null), true, 'of his own project');
    });

    it('finds it where the principal may pull it, though others have it too that they may not see', async () => {
      let digest: ContentDigest | null = null;
      for (const name of ['blue/first', 'blue/second', 'red/last']) digest = await push(name, 'everybody has it');
      assert.equal(await mount(ray, 'red/ray', digest!, null), true);
    });

    it('does not look where a token was not made for', async () => {
      const digest = await pushed('red/beside');
      assert.equal(await mount(narrowed(ann, 'repository:red/target:pull,push'), 'red/target', digest, null), false);
      assert.equal(await mount(narrowed(ann, 'repository:red/target:pull,push', 'repository:red/beside:push'), 'red/target', digest, null), false, 'pushing is not pulling');
      assert.equal(await isIn('red/target', digest), false);
      assert.equal(await mount(narrowed(ann, 'repository:red/target:pull,push', 'repository:red/beside:pull'), 'red/target', digest, null), true);
    });
  });

  describe('with a token for the target alone', () => {
    const challenge = (fault: Fault): string => {
      assert.equal(fault.kind?.code, 'token-too-narrow', String(fault));
      return /scope="([^"]*)"/.exec(fault.context.headers!['WWW-Authenticate']!)![1]!;
    };

    it('is sent for one for both, where that would be given', async () => {
      const digest = await pushed('blue/both');
      const target = 'repository:red/both:pull,push';
      let asked = '';
      await assert.rejects(mount(narrowed(ann, target), 'red/both', digest, 'blue/both'), (fault: Fault) => ((asked = challenge(fault)), true));
      assert.equal(asked, `${target} repository:blue/both:pull`);
      assert.equal(await mount(narrowed(ann, ...asked.split(' ')), 'red/both', digest, 'blue/both'), true);
    });

    it('is not sent for one that would not be given', async () => {
      const digest = await pushed('blue/closed');
      assert.equal(await mount(narrowed(ray, 'repository:red/ray:pull,push'), 'red/ray', digest, 'blue/closed'), false);
    });
  });
});
