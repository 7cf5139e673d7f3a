import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { formatCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { formatNote } from '#pure/transparency-log/note.js';
import { type NoteSigner, signNote } from '#pure/transparency-log/note-signature.js';
import { LOG_SIGNER, SAMPLE_ORIGIN, SAMPLE_SECONDS, sampleSigner } from '../../../../test/harness/sample-log.js';
import type { AnchoredCheckpoint } from './anchor.js';
import { FileAnchor } from './file-anchor.js';
import { type ObjectStore, openObjectStore } from '../../../../test/harness/object-store.js';
import { ObjectStoreAnchor } from './object-store-anchor.js';
import { WebhookAnchor } from './webhook-anchor.js';

const KEYS = [LOG_SIGNER.key];

async function anchored(size: number, signer: NoteSigner = LOG_SIGNER): Promise<AnchoredCheckpoint> {
  const text = formatCheckpoint({ origin: SAMPLE_ORIGIN, size, root: Buffer.alloc(32, size % 256), extensions: [] });
  const note = formatNote(await signNote(text, [signer], SAMPLE_SECONDS));
  return { size, keyId: signer.key.keyId, note, published: note };
}

describe('the file beside the data directory', () => {
  let parent: string;
  let directory: string;
  let file: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'quantonium-anchors-'));
    directory = join(parent, 'a', 'b');
    file = join(directory, `${LOG_SIGNER.key.keyId}.checkpoints`);
  });
  afterEach(() => rmSync(parent, { recursive: true }));
  const sizeIn = async (anchor = new FileAnchor(directory, null)): Promise<number | undefined> => (await anchor.last(KEYS))?.size;

  it('keeps every note, gives back the largest, and is its owner\'s alone', async () => {
    const anchor = new FileAnchor(directory, null);
    assert.equal(await sizeIn(anchor), undefined);
    for (const size of [3, 9, 7]) await anchor.put(await anchored(size));
    assert.equal(await sizeIn(anchor), 9);
    assert.equal(readFileSync(file, 'utf8'), (await Promise.all([3, 9, 7].map(async (size) => `${(await anchored(size)).note}\n`))).join(''));
    assert.deepEqual([statSync(directory).mode & 0o777, statSync(file).mode & 0o777], [0o700, 0o600]);
  });

  it('finds the last of very many without reading them all', async () => {
    const anchor = new FileAnchor(directory, null);
    await anchor.put(await anchored(1));
    appendFileSync(file, `${(await anchored(2)).note}\n`.repeat(2_000));
    await anchor.put(await anchored(5));
    assert.equal(await sizeIn(), 5);
  });

  it('passes over a note that a crash has torn, wherever it was torn, and goes on behind it', async () => {
    const { note } = await anchored(8);
    for (const length of [1, 20, note.indexOf('\n\n') + 1, note.length - 30, note.length]) {
      const anchor = new FileAnchor(directory, null);
      await anchor.put(await anchored(4));
      appendFileSync(file, note.slice(0, length));
      assert.equal(await sizeIn(), length === note.length ? 8 : 4, `torn after ${length}`);
      await anchor.put(await anchored(9));
      assert.equal(await sizeIn(), 9, `after ${length}`);
      rmSync(file);
    }
  });

  it('believes no note that the log did not sign', async () => {
    const anchor = new FileAnchor(directory, null);
    await anchor.put(await anchored(4));
    const stranger = sampleSigner(SAMPLE_ORIGIN, 'ed25519', 99);
    appendFileSync(file, `${(await anchored(1_000, stranger)).note}\n${(await anchored(4)).note.replace('\n4\n', '\n4000\n')}\n`);
    assert.equal(await sizeIn(), 4);
  });

  it('holds a log with another key for another log', async () => {
    const anchor = new FileAnchor(directory, null);
    await anchor.put(await anchored(4, sampleSigner(SAMPLE_ORIGIN, 'ed25519', 99)));
    assert.equal(await sizeIn(), undefined);
  });

  it('refuses a symbolic link, of the file and of the directory', async () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(parent, 'elsewhere'), '');
    symlinkSync(join(parent, 'elsewhere'), file);
    await assert.rejects(new FileAnchor(directory, null).put(await anchored(1)), /symbolic link/);
    symlinkSync(directory, join(parent, 'link'));
    await assert.rejects(new FileAnchor(join(parent, 'link'), null).put(await anchored(1)), /symbolic link/);
  });

  it('refuses a directory that others can write to, and in production one that lies in the data directory by a detour', async () => {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o777);
    await assert.rejects(new FileAnchor(directory, null).put(await anchored(1)), /others than its owner/);
    chmodSync(directory, 0o700);
    symlinkSync(parent, `${parent}-link`);
    try {
      await assert.rejects(new FileAnchor(join(`${parent}-link`, 'a', 'b'), parent).put(await anchored(1)), /data directory/);
    } finally {
      rmSync(`${parent}-link`);
    }
  });
});

describe('the webhook', () => {
  let server: Server;
  let status = 204;
  const received: { type: string | undefined; authorization: string | undefined; body: string }[] = [];
  before(async () => {
    server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        received.push({ type: request.headers['content-type'], authorization: request.headers.authorization, body: Buffer.concat(chunks as Buffer[]).toString() });
        response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  const anchor = (): WebhookAnchor => new WebhookAnchor(() => `http://log:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}/x`);

  it('is sent the note as text, with the credentials of its address as a header', async () => {
    const checkpoint = await anchored(3);
    await anchor().put(checkpoint);
    assert.deepEqual(received.at(-1), { type: 'text/plain; charset=utf-8', authorization: `Basic ${Buffer.from('log:p@ss').toString('base64')}`, body: checkpoint.published });
  });

  it('has failed when it redirects or refuses, and is not followed', async () => {
    for (status of [302, 403, 500]) {
      const { length } = received;
      await assert.rejects(anchor().put(await anchored(3)), new RegExp(`answered with ${status}`));
      assert.equal(received.length, length + 1);
    }
  });
});

describe('the object store', () => {
  let store: ObjectStore;
  let anchor: ObjectStoreAnchor;
  before(async () => {
    store = await openObjectStore('anchors');
    anchor = new ObjectStoreAnchor(store.settings, 'anchors');
  });
  after(() => store.close());

  it('gives back the largest checkpoint by one listing, and takes none from strangers', async () => {
    assert.equal(await anchor.last(KEYS), null);
    for (const size of [9, 10, 100, 3]) await anchor.put(await anchored(size));
    await anchor.put({ ...(await anchored(5_000, sampleSigner(SAMPLE_ORIGIN, 'ed25519', 99))), keyId: LOG_SIGNER.key.keyId });
    assert.equal((await anchor.last(KEYS))?.size, 100);
  });

  it('does not overwrite what is there', async () => {
    const first = await anchored(200);
    await anchor.put(first);
    await anchor.put({ ...first, published: 'something else' });
    assert.equal((await anchor.last(KEYS))?.size, 200);
  });

  it('is asked with the key of the moment', async () => {
    const settings = { ...store.settings };
    const renewed = new ObjectStoreAnchor(settings, 'anchors');
    await renewed.put(await anchored(301));
    settings.accessKeyId = 'OF-YESTERDAY';
    await assert.rejects(renewed.put(await anchored(302)), /the object store answered with 403/);
    settings.accessKeyId = 'S3RVER';
    await renewed.put(await anchored(302));
    assert.equal((await renewed.last(KEYS))?.size, 302);
  });

  it('says what went wrong without an address', async () => {
    const away = new ObjectStoreAnchor({ endpoint: 'http://127.0.0.1:1', region: 'x', accessKeyId: 'a', secretAccessKey: 'b' }, 'anchors');
    await assert.rejects(away.put(await anchored(1)), /^AnchorFailure: the object store cannot be reached$/);
  });
});
