import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '#platform/config/load-config.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { Digest, DigestAlgorithm } from '../domain/digest.js';
import { FilesystemBlobStore } from './filesystem-blob-store.js';

const digestOf = (bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest => ({ algorithm, hex: createHash(algorithm).update(bytes).digest('hex') });

async function* pieces(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* brokenAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error('aborted');
}

describe('the blob store', () => {
  let directory: string;
  let store: FilesystemBlobStore;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-blobs-'));
    store = new FilesystemBlobStore(loadConfig({ QUANTONIUM_DATA_DIR: directory }), new SystemClock(), new SystemRandomness());
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const spooled = (): string[] => (existsSync(join(directory, 'registry/uploads')) ? readdirSync(join(directory, 'registry/uploads')) : []);
  const pathOf = ({ algorithm, hex }: Digest): string => join(directory, 'registry/blobs', algorithm, hex.slice(0, 2), hex);
  async function read(digest: Digest): Promise<Buffer | null> {
    const opened = await store.open(digest);
    if (opened === null) return null;
    return Buffer.concat(await opened.stream.toArray());
  }

  it('gives back the bytes that were put, however they were cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 5 }), fc.constantFrom<DigestAlgorithm>('sha256', 'sha512'), async (chunks, algorithm) => {
        const bytes = Buffer.concat(chunks);
        const digest = digestOf(bytes, algorithm);
        assert.deepEqual(await store.put(digest, pieces(...chunks), 1 << 20), { sizeBytes: bytes.length });
        assert.deepEqual(await read(digest), bytes);
        assert.equal(await store.size(digest), bytes.length);
      }),
      { numRuns: 20 },
    );
    assert.deepEqual(spooled(), []);
  });

  it('keeps files that only their owner reads and nobody writes', async () => {
    const bytes = Buffer.from('x');
    await store.put(digestOf(bytes), pieces(bytes), 10);
    assert.equal(statSync(pathOf(digestOf(bytes))).mode & 0o777, 0o400);
    assert.equal(statSync(join(directory, 'registry')).mode & 0o777, 0o700);
  });

  /** What the sender may do wrong; afterwards nothing is there. */
  const REJECTED = [
    { what: 'other bytes than the digest says', bytes: () => pieces(Buffer.from('y')), limit: 10, outcome: 'digest-mismatch' },
    { what: 'no bytes where there should be some', bytes: () => pieces(), limit: 10, outcome: 'digest-mismatch' },
    { what: 'one byte more than is allowed', bytes: () => pieces(Buffer.alloc(10), Buffer.alloc(1)), limit: 10, outcome: 'too-large' },
    { what: 'bytes without an end', bytes: () => endless(), limit: 1 << 20, outcome: 'too-large' },
    { what: 'half of the bytes', bytes: () => brokenAfter(Buffer.from('x')), limit: 10, outcome: 'broken-off' },
  ] as const;
  for (const { what, bytes, limit, outcome } of REJECTED) {
    it(`refuses ${what}, and keeps nothing of them`, async () => {
      const digest = digestOf(Buffer.from('x'));
      assert.equal(await store.put(digest, bytes(), limit), outcome);
      assert.equal(await store.size(digest), null);
      assert.equal(await store.open(digest), null);
      assert.deepEqual(spooled(), []);
    });
  }

  it('heals a file that was damaged when the same bytes are put again', async () => {
    const bytes = Buffer.from('the whole truth');
    const digest = digestOf(bytes);
    await store.put(digest, pieces(bytes), 100);
    chmodSync(pathOf(digest), 0o600);
    truncateSync(pathOf(digest), 3);
    await store.put(digest, pieces(bytes), 100);
    assert.deepEqual(await read(digest), bytes);
  });

  it('takes the same blob from two at once', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const digest = digestOf(bytes);
    await Promise.all([1, 2, 3].map(() => store.put(digest, pieces(bytes), 1 << 20)));
    assert.deepEqual(await read(digest), bytes);
    assert.deepEqual(spooled(), []);
  });

  it('goes on serving bytes that are replaced while they are read', async () => {
    const bytes = Buffer.alloc(2_000_000, 9);
    const digest = digestOf(bytes);
    await store.put(digest, pieces(bytes), 1 << 22);
    const { stream } = (await store.open(digest))!;
    await store.put(digest, pieces(bytes), 1 << 22);
    assert.ok(Buffer.concat(await stream.toArray()).equals(bytes));
  });

  it('rejects when the storage fails, and leaves no spool file', async () => {
    const bytes = Buffer.from('x');
    // A file where a directory has to be: fails for root too.
    mkdirSync(join(directory, 'registry'), { recursive: true });
    writeFileSync(join(directory, 'registry/blobs'), '');
    await assert.rejects(store.put(digestOf(bytes), pieces(bytes), 10));
    assert.deepEqual(spooled(), []);
  });

  it('sweeps what is old, and nothing else', async () => {
    const bytes = Buffer.from('kept');
    await store.put(digestOf(bytes), pieces(bytes), 10);
    const uploads = join(directory, 'registry/uploads');
    writeFileSync(join(uploads, 'old'), 'left by a crash');
    writeFileSync(join(uploads, 'new'), 'still arriving');
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(uploads, 'old'), anHourAgo, anHourAgo);
    assert.equal(await store.sweep(60_000), 1);
    assert.deepEqual(spooled(), ['new']);
    assert.equal(readFileSync(pathOf(digestOf(bytes)), 'utf8'), 'kept');
  });

  it('sweeps a store that was never written to', async () => {
    assert.equal(await store.sweep(0), 0);
  });
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(64 * 1024);
}
