import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BLOB_SUITES, CHUNK_BYTES, chunkBytes, chunkCount, containerBytes, formatHeader, HEADER_BYTES, parseHeader, RECORD_OVERHEAD_BYTES, recordPosition, wholeRecords } from './blob-container.js';

describe('the container of a blob', () => {
  it('reads the header that it wrote', () => {
    const key = fc.uint8Array({ minLength: 60, maxLength: 60 }).filter((bytes) => bytes.some((byte) => byte !== 0)).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.constantFrom(...BLOB_SUITES), key, fc.option(key), fc.maxSafeNat(), (suite, uploadKey, blobKey, sizeBytes) => {
        const bytes = formatHeader({ suite, uploadKey, blobKey, sizeBytes });
        assert.equal(bytes.length, HEADER_BYTES);
        assert.deepEqual(parseHeader(bytes), { suite, uploadKey, blobKey, sizeBytes });
      }),
    );
  });

  it('refuses a header that is cut, of another kind, of an unknown suite, or of a size beyond numbers', () => {
    const header = formatHeader({ suite: 'sealed', uploadKey: Buffer.alloc(60, 1), blobKey: null, sizeBytes: 5 });
    const changed = (position: number, value: number): Buffer => {
      const copy = Buffer.from(header);
      copy[position] = value;
      return copy;
    };
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(HEADER_BYTES), header.subarray(1), changed(0, 0), changed(6, 2), changed(7, 9), changed(8, 255)]) assert.equal(parseHeader(bytes), null);
  });

  it('has a place for each byte and none twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 * CHUNK_BYTES }), (sizeBytes) => {
        const chunks = Array.from({ length: chunkCount(sizeBytes) }, (_, index) => chunkBytes(index, sizeBytes));
        assert.equal(chunks.reduce((sum, bytes) => sum + bytes, 0), sizeBytes);
        let position = HEADER_BYTES;
        for (const [index, bytes] of chunks.entries()) {
          assert.equal(recordPosition(index), position);
          position += bytes + RECORD_OVERHEAD_BYTES;
        }
        assert.equal(containerBytes(sizeBytes), position);
        assert.equal(wholeRecords(position), Math.floor(sizeBytes / CHUNK_BYTES));
      }),
    );
  });
});
