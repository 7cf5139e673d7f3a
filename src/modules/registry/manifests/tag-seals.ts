import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import type { TagRow } from '../persistence/manifest.repository.js';

/** Of the installation's key, what the rows of tags are marked with. */
const TAG_KEY = 'registry-tag';

/**
 * A keyed digest (HMAC-SHA-256) over each tag's row: who can write the table, and nothing else, still cannot make `latest` mean
 * another image. Each part is preceded by its length, so that no two rows are marked alike.
 */
@Injectable()
export class TagSeals {
  constructor(private readonly keyring: Keyring) {}

  of({ repositoryId, name, digest, version }: Omit<TagRow, 'seal'>): Buffer {
    const parts = [repositoryId, name, digest, String(version)];
    return this.keyring.mac(TAG_KEY, Buffer.from(parts.map((part) => `${part.length}:${part}`).join(''), 'utf8'));
  }

  isWhole(tag: TagRow): boolean {
    const expected = this.of(tag);
    return tag.seal.length === expected.length && timingSafeEqual(tag.seal, expected);
  }
}
