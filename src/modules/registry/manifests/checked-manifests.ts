import { Injectable } from '@nestjs/common';
import type { StoredManifest } from '../persistence/manifest.repository.js';

/** Ten thousand manifests of the usual size. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** What one takes beside its bytes, so that tiny ones have an end too. */
const ENTRY_BYTES = 512;

type Row = Pick<StoredManifest, 'repositoryId' | 'digest' | 'rowVersion'>;

/**
 * Bytes of manifests that have been held against their digests here: they are not fetched and hashed for each pull. That a
 * manifest is there, and its row the one that was read, is asked each time, so one whose row somebody has written since is
 * fetched and hashed anew. What was asked for last stays longest.
 */
@Injectable()
export class CheckedManifests {
  private readonly kept = new Map<string, Buffer>();
  private keptBytes = 0;

  find(row: Row): Buffer | null {
    const key = keyOf(row);
    const bytes = this.kept.get(key);
    if (bytes === undefined) return null;
    this.kept.delete(key);
    this.kept.set(key, bytes);
    return bytes;
  }

  /** Nobody changes the bytes afterwards: they are sent as they are. */
  keep(row: Row, bytes: Buffer): void {
    const key = keyOf(row);
    this.drop(key);
    this.kept.set(key, bytes);
    this.keptBytes += bytes.length + ENTRY_BYTES;
    for (const oldest of this.kept.keys()) {
      if (this.keptBytes <= KEPT_BYTES_MAX) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const bytes = this.kept.get(key);
    if (bytes === undefined) return;
    this.kept.delete(key);
    this.keptBytes -= bytes.length + ENTRY_BYTES;
  }
}

function keyOf({ repositoryId, digest, rowVersion }: Row): string {
  return `${repositoryId} ${digest} ${rowVersion}`;
}
