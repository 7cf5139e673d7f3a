import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { type ContentDigest, contentDigestOf, DIGEST_ALGORITHMS, type DigestAlgorithm, formatContentDigest } from '#pure/oci/content-digest.js';
import type { ByteRange } from '#pure/oci/upload-range.js';
import { blobStoreOn } from '../../../../../test/harness/blob-store.js';
import { type BlobStore, DamagedBlob, type Piece } from '../../blobs/blob-store.js';
import { BLOB_SUITES, CHUNK_BYTES, containerBytes } from '../../domain/blob-container.js';

async function* pieces(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
async function* brokenAfter(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
  throw new Error('aborted');
}
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

const ALGORITHMS = Object.keys(DIGEST_ALGORITHMS) as DigestAlgorithm[];
const BYTES_MAX = 16 * CHUNK_BYTES;

describe('the blob store', () => {
  let directory: string;
  let store: BlobStore;
  let uploads = 0;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-blobs-'));
    store = blobStoreOn(directory);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const newId = (): string => `upload-${(uploads += 1)}`;
  const pieceOf = (uploadId: string, bytes: AsyncIterable<Uint8Array>, first: number | null = null, bytesMax = BYTES_MAX): Piece => ({ uploadId, bytes, first, bytesMax });
  const put = (bytes: Uint8Array, into = store, digest = contentDigestOf(bytes)) => into.finish(pieceOf(newId(), pieces(bytes)), digest);
  const spool = (): string => join(directory, 'uploads');
  const spooled = (): readonly string[] => (existsSync(spool()) ? readdirSync(spool(), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/')) : []);
  const spooledFile = (name: string): string => join(spool(), spooled().find((path) => path.endsWith(`/${name}`))!);
  const pathOf = ({ algorithm, hex }: ContentDigest): string => join(directory, 'blobs', algorithm, hex.slice(0, 2), hex);
  /** Null: the store has none, or says that it is damaged. */
  async function read(digest: ContentDigest, range: ByteRange | null = null, from = store): Promise<Buffer | null> {
    const blob = await from.open(digest);
    if (blob === null) return null;
    const parts: Buffer[] = [];
    try {
      for await (const part of blob.read(range)) parts.push(part);
    } catch (cause) {
      if (cause instanceof DamagedBlob) return null;
      throw cause;
    } finally {
      await blob.close();
    }
    return Buffer.concat(parts);
  }
  function changed(digest: ContentDigest, change: (bytes: Buffer) => Buffer): void {
    const path = pathOf(digest);
    const bytes = readFileSync(path);
    chmodSync(path, 0o600);
    writeFileSync(path, change(bytes));
  }

  for (const suite of BLOB_SUITES) {
    it(`gives back the bytes that were put, however they were cut (${suite})`, async () => {
      const suited = blobStoreOn(directory, suite);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 }), fc.constantFrom(...ALGORITHMS), async (sent, algorithm) => {
          const uploadId = newId();
          const bytes = Buffer.concat(sent.flat());
          const digest = contentDigestOf(bytes, algorithm);
          for (const chunks of sent.slice(0, -1)) await suited.append(pieceOf(uploadId, pieces(...chunks), await suited.received(uploadId)));
          assert.deepEqual(await suited.finish(pieceOf(uploadId, pieces(...sent.at(-1)!)), digest), { sizeBytes: bytes.length });
          assert.deepEqual(await read(digest, null, suited), bytes);
          assert.ok(await suited.isThere(digest, bytes.length));
        }),
        { numRuns: 20 },
      );
      assert.deepEqual(spooled(), []);
    });

    it(`gives any range, also across chunks (${suite})`, async () => {
      const bytes = randomBytes(3 * CHUNK_BYTES + 17);
      const suited = blobStoreOn(directory, suite);
      await put(bytes, suited);
      const near = fc.oneof(fc.constantFrom(0, 1, 2, 3).chain((chunk) => fc.integer({ min: -2, max: 2 }).map((by) => chunk * CHUNK_BYTES + by)), fc.nat(bytes.length - 1)).map((at) => Math.min(bytes.length - 1, Math.max(0, at)));
      await fc.assert(
        fc.asyncProperty(near, near, async (a, b) => {
          const range = { first: Math.min(a, b), last: Math.max(a, b) };
          assert.ok((await read(contentDigestOf(bytes), range, suited))!.equals(bytes.subarray(range.first, range.last + 1)));
        }),
        { numRuns: 40 },
      );
    });

    it(`notices each single byte of a file that is changed, and a file that is cut or longer (${suite})`, async () => {
      const bytes = Buffer.from('bytes that somebody wants to change');
      const digest = contentDigestOf(bytes);
      await put(bytes, blobStoreOn(directory, suite));
      const whole = readFileSync(pathOf(digest));
      const unread: number[] = [];
      for (let at = 0; at < whole.length; at++) {
        changed(digest, () => Buffer.from(whole).fill(whole[at]! ^ 1, at, at + 1));
        const got = await read(digest);
        if (got !== null) {
          assert.ok(got.equals(bytes), `byte ${at}`);
          unread.push(at);
        }
      }
      // What wraps the key for the upload that made it is not needed any more, nor are the zeros behind the header.
      assert.ok(unread.every((at) => (at >= 16 && at < 76) || (at >= 136 && at < 256)));
      for (const cut of [whole.subarray(0, -1), whole.subarray(0, 256), whole.subarray(0, 10), Buffer.alloc(0), Buffer.concat([whole, Buffer.alloc(1)])]) {
        changed(digest, () => cut);
        assert.equal(await read(digest), null);
        assert.equal(await store.isThere(digest, bytes.length), false);
      }
    });
  }

  it('reads what was kept in the other form: encryption is turned on and off without moving a byte', async () => {
    for (const [written, readBy] of [['sealed', 'clear'], ['clear', 'sealed']] as const) {
      const bytes = Buffer.from(`kept ${written}`);
      await put(bytes, blobStoreOn(directory, written));
      assert.deepEqual(await read(contentDigestOf(bytes), null, blobStoreOn(directory, readBy)), bytes);
      assert.equal(readFileSync(pathOf(contentDigestOf(bytes))).includes(bytes), written === 'clear');
    }
  });

  it('goes on in one form with an upload that was begun in the other', async () => {
    const bytes = randomBytes(CHUNK_BYTES + 9);
    const uploadId = newId();
    await blobStoreOn(directory, 'clear').append(pieceOf(uploadId, pieces(bytes.subarray(0, CHUNK_BYTES + 1))));
    await store.finish(pieceOf(uploadId, pieces(bytes.subarray(CHUNK_BYTES + 1))), contentDigestOf(bytes));
    assert.deepEqual(await read(contentDigestOf(bytes)), bytes);
  });

  it('notices the file of another blob, chunks that changed places, and a zero-byte file', async () => {
    const [one, two] = [randomBytes(2 * CHUNK_BYTES), randomBytes(2 * CHUNK_BYTES)];
    const digests = [contentDigestOf(one), contentDigestOf(two)] as const;
    for (const bytes of [one, two]) await put(bytes);
    changed(digests[0], (whole) => Buffer.concat([whole.subarray(0, 256), whole.subarray(256 + CHUNK_BYTES + 28), whole.subarray(256, 256 + CHUNK_BYTES + 28)]));
    assert.equal(await read(digests[0]), null);
    rmSync(pathOf(digests[0]));
    copyFileSync(pathOf(digests[1]), pathOf(digests[0]));
    assert.equal(await read(digests[0]), null);
    changed(digests[0], () => Buffer.alloc(0));
    assert.equal(await read(digests[0]), null);
    assert.equal(await store.isThere(digests[0], one.length), false);
    await put(one);
    assert.ok((await read(digests[0]))!.equals(one));
  });

  it('sends what is whole before the damage, and not a byte of what is not', async () => {
    const bytes = randomBytes(3 * CHUNK_BYTES);
    const digest = contentDigestOf(bytes);
    await put(bytes);
    changed(digest, (whole) => whole.fill(whole.at(-CHUNK_BYTES)! ^ 1, whole.length - CHUNK_BYTES, whole.length - CHUNK_BYTES + 1));
    const blob = (await store.open(digest))!;
    let sent = 0;
    await assert.rejects(async () => {
      for await (const part of blob.read(null)) sent += part.length;
    }, DamagedBlob);
    await blob.close();
    assert.equal(sent, 2 * CHUNK_BYTES);
    assert.ok((await read(digest, { first: 0, last: 2 * CHUNK_BYTES - 1 }))!.equals(bytes.subarray(0, 2 * CHUNK_BYTES)));
  });

  it('keeps files that only their owner reads and nobody writes', async () => {
    const bytes = Buffer.from('x');
    await put(bytes);
    assert.equal(statSync(pathOf(contentDigestOf(bytes))).mode & 0o777, 0o400);
    for (const inner of ['blobs', 'blobs/sha256', 'uploads']) assert.equal(statSync(join(directory, inner)).mode & 0o777, 0o700);
    await store.append(pieceOf('open', pieces(bytes)));
    for (const name of spooled()) assert.equal(statSync(join(spool(), name)).mode & 0o777, 0o600);
  });

  /** What the sender may do wrong with the last piece, 3 bytes being there already. */
  const REJECTED = [
    { what: 'other bytes than the digest says', bytes: () => pieces(Buffer.from('y')), limit: 100, outcome: 'digest-mismatch' },
    { what: 'no bytes where there should be some', bytes: () => pieces(), limit: 100, outcome: 'digest-mismatch' },
    { what: 'one byte more than is allowed', bytes: () => pieces(Buffer.alloc(7), Buffer.alloc(1)), limit: 10, outcome: 'too-large' },
    { what: 'bytes without an end', bytes: () => endless(), limit: 2 * CHUNK_BYTES, outcome: 'too-large' },
    { what: 'half of the bytes', bytes: () => brokenAfter(Buffer.alloc(CHUNK_BYTES + 5)), limit: BYTES_MAX, outcome: 'broken-off' },
  ] as const;
  for (const { what, bytes, limit, outcome } of REJECTED) {
    for (const isRestarted of [false, true]) {
      it(`refuses ${what}, and takes the upload back to where it was${isRestarted ? ', also in another process' : ''}`, async () => {
        const whole = Buffer.from('abcdef');
        const digest = contentDigestOf(whole);
        const uploadId = newId();
        await store.append(pieceOf(uploadId, pieces(whole.subarray(0, 3))));
        if (isRestarted) store = blobStoreOn(directory);
        assert.equal(await store.finish(pieceOf(uploadId, bytes(), 3, limit), digest), outcome);
        assert.equal(await store.received(uploadId), 3);
        assert.equal(await store.open(digest), null);
        if (isRestarted) store = blobStoreOn(directory);
        assert.deepEqual(await store.finish(pieceOf(uploadId, pieces(whole.subarray(3)), 3), digest), { sizeBytes: 6 });
        assert.deepEqual(await read(digest), whole);
        assert.deepEqual(spooled(), []);
      });
    }
  }

  describe('a small blob whose length is announced', () => {
    const LAYER = Buffer.from('a small layer');
    const announced = (uploadId: string, bytes: AsyncIterable<Uint8Array>, declaredBytes = LAYER.length, first: number | null = null, bytesMax = BYTES_MAX): Piece => ({ ...pieceOf(uploadId, bytes, first, bytesMax), declaredBytes });
    const LARGEST = 64 * 1024;

    for (const suite of BLOB_SUITES) {
      for (const algorithm of ALGORITHMS) {
        it(`is kept in one piece, and is what it was (${suite}, ${algorithm})`, async () => {
          store = blobStoreOn(directory, suite);
          for (const bytes of [LAYER, Buffer.alloc(1), randomBytes(LARGEST), randomBytes(LARGEST + 1)]) {
            const digest = contentDigestOf(bytes, algorithm);
            for (let time = 0; time < 2; time += 1) {
              assert.deepEqual(await store.finish(announced(newId(), pieces(bytes.subarray(0, 5), bytes.subarray(5)), bytes.length, time === 0 ? null : 0), digest), { sizeBytes: bytes.length });
              assert.ok((await read(digest))!.equals(bytes));
            }
            const found = statSync(pathOf(digest));
            assert.deepEqual([found.mode & 0o777, found.size], [0o400, containerBytes(bytes.length)]);
          }
          assert.deepEqual(spooled(), []);
          assert.equal(statSync(spool()).mode & 0o777, 0o700);
        });
      }
    }

    for (const { what, piece, outcome } of [
      { what: 'other bytes than the digest says', piece: (id: string) => announced(id, pieces(Buffer.from('another layer'))), outcome: 'digest-mismatch' },
      { what: 'half of it', piece: (id: string) => announced(id, brokenAfter(LAYER.subarray(0, 5))), outcome: 'broken-off' },
      { what: 'more than is allowed', piece: (id: string) => announced(id, pieces(LAYER), LAYER.length, null, LAYER.length - 1), outcome: 'too-large' },
      { what: 'what belongs elsewhere', piece: (id: string) => announced(id, pieces(LAYER), LAYER.length, 7), outcome: 'out-of-order' },
    ] as const) {
      it(`is refused for ${what}, and taken when it comes again`, async () => {
        const uploadId = newId();
        assert.equal(await store.finish(piece(uploadId), contentDigestOf(LAYER)), outcome);
        assert.equal(await store.received(uploadId), 0);
        assert.equal(await store.open(contentDigestOf(LAYER)), null);
        assert.deepEqual(await store.finish(announced(uploadId, pieces(LAYER)), contentDigestOf(LAYER)), { sizeBytes: LAYER.length });
        assert.deepEqual(spooled(), []);
      });
    }

    it('is the end of an upload that has begun, and not all of it', async () => {
      for (const first of [null, 5]) {
        const uploadId = newId();
        await store.append(pieceOf(uploadId, pieces(LAYER.subarray(0, 5))));
        assert.equal(await store.finish(announced(uploadId, pieces(LAYER)), contentDigestOf(LAYER)), 'digest-mismatch');
        assert.equal(await store.received(uploadId), 5);
        assert.deepEqual(await store.finish(announced(uploadId, pieces(LAYER.subarray(5)), LAYER.length - 5, first), contentDigestOf(LAYER)), { sizeBytes: LAYER.length });
        assert.deepEqual(await read(contentDigestOf(LAYER)), LAYER);
        assert.deepEqual(spooled(), []);
      }
    });

    it('may be longer than was said', async () => {
      const bytes = randomBytes(3 * LARGEST);
      assert.deepEqual(await store.finish(announced(newId(), pieces(bytes.subarray(0, 3), bytes.subarray(3, LARGEST), bytes.subarray(LARGEST)), 10), contentDigestOf(bytes)), { sizeBytes: bytes.length });
      assert.ok((await read(contentDigestOf(bytes)))!.equals(bytes));
      assert.equal(await store.finish(announced(newId(), endless(), 10), contentDigestOf(bytes)), 'too-large');
    });

    it('is taken again where a crash has left the beginning of its file, or all of it', async () => {
      await store.finish(announced(newId(), pieces(LAYER)), contentDigestOf(LAYER));
      for (const lengthBytes of [0, 100, 256, 260, containerBytes(LAYER.length)]) {
        const uploadId = newId();
        await store.finish(announced(uploadId, pieces(LAYER)), contentDigestOf(LAYER));
        const left = join(spool(), readdirSync(spool())[0]!, uploadId);
        writeFileSync(left, readFileSync(pathOf(contentDigestOf(LAYER))).subarray(0, lengthBytes), { mode: 0o400 });
        store = blobStoreOn(directory);
        assert.equal(await store.received(uploadId), 0);
        assert.deepEqual(await store.finish(announced(uploadId, pieces(LAYER)), contentDigestOf(LAYER)), { sizeBytes: LAYER.length });
        assert.deepEqual(await read(contentDigestOf(LAYER)), LAYER);
        assert.deepEqual(spooled().map((name) => join(spool(), name)), [left]); // Of a process that is gone: it is swept.
        rmSync(left);
      }
    });

    it('is taken by one of two that send it at once for one upload as by the other', async () => {
      const uploadId = newId();
      const outcomes = await Promise.all([1, 2].map(() => store.finish(announced(uploadId, pieces(LAYER)), contentDigestOf(LAYER))));
      assert.deepEqual(outcomes, [{ sizeBytes: LAYER.length }, { sizeBytes: LAYER.length }]);
      assert.deepEqual(spooled(), []);
    });
  });

  it('refuses a piece that is too large and keeps what was there; and one that is out of order', async () => {
    const uploadId = newId();
    await store.append(pieceOf(uploadId, pieces(Buffer.from('abc'))));
    assert.equal(await store.append(pieceOf(uploadId, pieces(Buffer.alloc(2 * CHUNK_BYTES)), null, CHUNK_BYTES)), 'too-large');
    for (const first of [0, 2, 4]) assert.equal(await store.append(pieceOf(uploadId, pieces(Buffer.from('x')), first)), 'out-of-order');
    assert.equal(await store.received(uploadId), 3);
    assert.deepEqual(await store.finish(pieceOf(uploadId, pieces(Buffer.from('def')), 3), contentDigestOf(Buffer.from('abcdef'))), { sizeBytes: 6 });
  });

  for (const algorithm of ALGORITHMS) {
    it(`keeps what came of a piece that broke off, and goes on there, in the same process and in the next (${algorithm})`, async () => {
      const bytes = randomBytes(4 * CHUNK_BYTES + 3);
      const digest = contentDigestOf(bytes, algorithm);
      const uploadId = newId();
      let sent = 0;
      for (const end of [1_000, CHUNK_BYTES + 11, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 1]) {
        assert.equal(await store.append(pieceOf(uploadId, brokenAfter(bytes.subarray(sent, end)), sent)), 'broken-off');
        assert.equal(await store.received(uploadId), end);
        sent = end;
        if (end > CHUNK_BYTES) store = blobStoreOn(directory);
        assert.equal(await store.received(uploadId), end);
      }
      assert.deepEqual(await store.finish(pieceOf(uploadId, pieces(bytes.subarray(sent)), sent), digest), { sizeBytes: bytes.length });
      assert.ok((await read(digest))!.equals(bytes));
      assert.deepEqual(spooled(), []);
    });
  }

  /** What a crash may leave of an upload of which 2 chunks and 5 bytes were acknowledged, and how many bytes are there then. */
  const CRASHED: readonly { readonly what: string; readonly damage: (path: string) => void; readonly received: number }[] = [
    { what: 'a torn record behind them', damage: (path) => writeFileSync(path, randomBytes(1_000), { flag: 'a' }), received: 2 * CHUNK_BYTES + 5 },
    { what: 'a record whose bytes never came', damage: (path) => truncateSync(path, containerBytes(3 * CHUNK_BYTES)), received: 2 * CHUNK_BYTES + 5 },
    { what: 'a gap before a record', damage: (path) => truncateSync(path, containerBytes(5 * CHUNK_BYTES)), received: 2 * CHUNK_BYTES + 5 },
    { what: 'no rest', damage: (path) => rmSync(`${path}.2.rest`), received: 2 * CHUNK_BYTES },
    { what: 'a rest that is half written under its other name', damage: (path) => writeFileSync(`${path}.2.rest.new`, 'half'), received: 2 * CHUNK_BYTES + 5 },
    { what: 'no header', damage: (path) => truncateSync(path, 20), received: 0 },
    { what: 'a file that may not be written any more', damage: (path) => chmodSync(path, 0o400), received: 2 * CHUNK_BYTES + 5 },
  ];
  for (const { what, damage, received } of CRASHED) {
    it(`goes on after a crash that left ${what}`, async () => {
      const bytes = randomBytes(6 * CHUNK_BYTES);
      const uploadId = newId();
      await store.append(pieceOf(uploadId, pieces(bytes.subarray(0, 2 * CHUNK_BYTES + 5))));
      damage(spooledFile(uploadId));
      store = blobStoreOn(directory);
      assert.equal(await store.append(pieceOf(uploadId, pieces(Buffer.alloc(1)), received + 1)), 'out-of-order');
      assert.equal(await store.received(uploadId), received);
      assert.deepEqual(await store.finish(pieceOf(uploadId, pieces(bytes.subarray(received)), received), contentDigestOf(bytes)), { sizeBytes: bytes.length });
      assert.ok((await read(contentDigestOf(bytes)))!.equals(bytes));
    });
  }

  it('heals a file that was damaged when the same bytes are put again', async () => {
    const bytes = Buffer.from('the whole truth');
    const digest = contentDigestOf(bytes);
    await put(bytes);
    changed(digest, (whole) => whole.subarray(0, 3));
    await put(bytes);
    assert.deepEqual(await read(digest), bytes);
  });

  it('takes the same blob from many at once', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    await Promise.all(Array.from({ length: 20 }, () => put(bytes)));
    assert.deepEqual(await read(contentDigestOf(bytes)), bytes);
    assert.deepEqual(spooled(), []);
  });

  it('lets pieces of one upload come one after the other, in the order in which they came', async () => {
    const uploadId = newId();
    const parts = Array.from({ length: 8 }, (_, n) => Buffer.alloc(1_000, n));
    await Promise.all(parts.map((part) => store.append(pieceOf(uploadId, pieces(part)))));
    assert.deepEqual(await store.finish(pieceOf(uploadId, pieces()), contentDigestOf(Buffer.concat(parts))), { sizeBytes: 8_000 });
  });

  describe('two processes that are sent pieces of one upload at once', () => {
    const begun = randomBytes(CHUNK_BYTES + 1_000);
    const right = randomBytes(CHUNK_BYTES - 1_000);
    const wrong = randomBytes(CHUNK_BYTES - 1_000);
    const digest = contentDigestOf(Buffer.concat([begun, right]));
    /** Bytes of a client that waits before it sends them; and when somebody has begun to read. */
    function held(bytes: Uint8Array): { readonly bytes: AsyncIterable<Uint8Array>; readonly asked: Promise<void>; readonly send: () => void } {
      const [asked, sending] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      async function* wait(): AsyncGenerator<Uint8Array> {
        asked.resolve();
        await sending.promise;
        yield bytes;
      }
      return { bytes: wait(), asked: asked.promise, send: sending.resolve };
    }
    async function race(first: Uint8Array, second: Uint8Array, firstEndsFirst: boolean) {
      const uploadId = newId();
      await store.append(pieceOf(uploadId, pieces(begun)));
      const other = blobStoreOn(directory);
      const [one, two] = [held(first), held(second)];
      const finishing = [store.finish(pieceOf(uploadId, one.bytes), digest)];
      await one.asked;
      finishing.push(other.finish(pieceOf(uploadId, two.bytes), digest));
      await two.asked;
      for (const index of firstEndsFirst ? [0, 1] : [1, 0]) {
        [one, two][index]!.send();
        await finishing[index];
      }
      return Promise.all(finishing);
    }
    const whole = Buffer.concat([begun, right]);

    for (const firstEndsFirst of [true, false]) {
      it(`make no blob of the bytes of both, and the last who came has it (${firstEndsFirst ? 'first' : 'last'} to end first)`, async () => {
        assert.deepEqual(await race(wrong, right, firstEndsFirst), ['digest-mismatch', { sizeBytes: whole.length }]);
        assert.ok((await read(digest))!.equals(whole));
      });

      it(`give no name to what another has taken, though its bytes are right (${firstEndsFirst ? 'first' : 'last'} to end first)`, async () => {
        assert.deepEqual(await race(right, wrong, firstEndsFirst), ['out-of-order', 'digest-mismatch']);
        assert.equal(await read(digest), null);
      });
    }

    it('acknowledge no piece that only the first of them has', async () => {
      const uploadId = newId();
      const one = held(right);
      const appending = store.append(pieceOf(uploadId, one.bytes));
      await one.asked;
      const other = blobStoreOn(directory);
      assert.equal(await other.append(pieceOf(uploadId, pieces(begun))), begun.length);
      one.send();
      assert.equal(await appending, 'out-of-order');
      assert.deepEqual([await store.received(uploadId), await other.received(uploadId)], [begun.length, begun.length]);
      // The first goes on where the other is, and does not believe what it remembers of its own.
      assert.deepEqual(await store.finish(pieceOf(uploadId, pieces(right), begun.length), digest), { sizeBytes: whole.length });
      assert.ok((await read(digest))!.equals(whole));
      assert.deepEqual(spooled(), []);
    });
  });

  it('goes on serving bytes that are replaced or removed while they are read', async () => {
    const bytes = randomBytes(2 * CHUNK_BYTES);
    const digest = contentDigestOf(bytes);
    await put(bytes);
    const blob = (await store.open(digest))!;
    const uploadId = newId();
    await store.finish(pieceOf(uploadId, pieces(bytes)), digest);
    await store.remove(digest, uploadId);
    const parts: Buffer[] = [];
    for await (const part of blob.read(null)) parts.push(part);
    await blob.close();
    assert.ok(Buffer.concat(parts).equals(bytes));
    assert.equal(await store.open(digest), null);
    await store.remove(digest, uploadId);
  });

  it('rejects when the storage fails, and can be asked again', async () => {
    const bytes = Buffer.from('x');
    // A file where a directory has to be: fails for root too.
    writeFileSync(join(directory, 'blobs'), '');
    await assert.rejects(put(bytes));
    rmSync(join(directory, 'blobs'));
    assert.deepEqual(await put(bytes), { sizeBytes: 1 });
  });

  it('forgets an upload, and one that never was', async () => {
    const uploadId = newId();
    await store.append(pieceOf(uploadId, pieces(Buffer.alloc(CHUNK_BYTES + 1))));
    await store.discard(uploadId);
    assert.deepEqual(spooled(), []);
    assert.equal(await store.received(uploadId), 0);
    await store.discard('never');
  });

  it('lists what it keeps in order, from anywhere', async () => {
    const all: string[] = [];
    for (let n = 0; n < 6; n++) {
      for (const algorithm of ALGORITHMS) {
        const bytes = Buffer.from(`listed ${n}`);
        await put(bytes, store, contentDigestOf(bytes, algorithm));
        all.push(formatContentDigest(contentDigestOf(bytes, algorithm)));
      }
    }
    all.sort();
    const found: string[] = [];
    for (let page = await store.list('', 5); page.length > 0; page = await store.list(found.at(-1)!, 5)) {
      for (const { digest, storedBytes } of page) {
        assert.equal(storedBytes, containerBytes(8));
        found.push(formatContentDigest(digest));
      }
    }
    assert.deepEqual(found, all);
  });

  it('sweeps what is old, and nothing else', async () => {
    const bytes = Buffer.from('kept');
    await put(bytes);
    const [mine] = readdirSync(spool());
    mkdirSync(join(spool(), 'of-another'));
    for (const name of [`${mine!}/old`, `${mine!}/new`, 'of-another/old']) writeFileSync(join(spool(), name), 'left by a crash');
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const name of [`${mine!}/old`, 'of-another/old']) utimesSync(join(spool(), name), anHourAgo, anHourAgo);
    assert.equal(await store.sweep(60_000), 2);
    assert.deepEqual(spooled(), [`${mine!}/new`]);
    assert.deepEqual(await read(contentDigestOf(bytes)), bytes);
  });

  it('sweeps a store that was never written to', async () => {
    assert.equal(await store.sweep(0), 0);
    assert.deepEqual(await store.list('', 10), []);
  });
});
