import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { BlobStore } from '../blobs/blob-store.js';
import { CollectionRepository, type DoomedBlob } from '../persistence/collection.repository.js';

const COLLECTOR = systemPrincipal('registry-gc');

/** A hundred files are removed in a tenth of it. Who is slower loses its claim, and does no harm for it. */
const SILENCE_SECONDS = 15;
/** A push that meets a blob on its way out looks again so often, and gives up after two who remove have gone silent. */
const LOOK_MILLIS = 25;
const PATIENCE_LOOKS = 1600;

/**
 * How bytes go. A file has no transaction, so the row says what is about to happen before it does:
 *
 * 1. one transaction finds that no repository shows the blob, under the row's lock, and marks it `deleting`;
 * 2. the file goes, if it still is the one that the row names by its upload;
 * 3. a second transaction deletes the row.
 *
 * A push brings its file first (a rename over what is there), then its row (`keep`), and is answered then. `keep` does
 * nothing with a row that is `deleting`: the push waits until it is gone. So for each place where the file of a push may come:
 *
 * | the file of the push comes | the row that `keep` meets | what becomes of the file |
 * |---|---|---|
 * | before 1, its row too | | 1 finds the blob shown, or waits for nobody: the row is locked |
 * | before 1, its row later | `deleting`, then none | 2 finds another upload's file and leaves it |
 * | between 1 and 2 | `deleting`, then none | the same |
 * | while 2 looks at the old file | `deleting`, then none | it has the name by then; the old file goes under another |
 * | between 2 and 3, or later | `deleting` or none | nobody looks for it |
 *
 * A crash after 1 leaves a row that is taken over, by the next run or by a push that waits for it; after 2 the same, and there
 * is nothing to remove. Two that remove one blob at once are two of the second line: the file must be the row's.
 * A file that is left with no row (its push was refused, or crashed) is an orphan, which the scrubber finds.
 */
@Injectable()
export class BlobRemoval {
  private readonly logger = new Logger('registry-gc');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly collection: CollectionRepository,
    private readonly store: BlobStore,
  ) {}

  /** Steps 2 and 3, for what this process has marked or taken over. */
  async remove(doomed: readonly DoomedBlob[]): Promise<void> {
    if (doomed.length === 0) return;
    crashPoint('registry.removal.after-doom');
    for (const { digest, uploadId } of doomed) {
      const isGone = await this.store.remove(parseContentDigest(digest)!, uploadId);
      if (!isGone) this.logger.debug('a blob was pushed while it was removed', { digest });
    }
    crashPoint('registry.removal.before-forget');
    await this.uow.run(COLLECTOR, (tx) => this.collection.forget(tx, doomed.map(({ digest }) => digest)));
    crashPoint('registry.removal.after-forget');
  }

  /** Removes what somebody has marked and then gone silent. Returns how many. */
  async takeOver(limit: number, digest: string | null = null): Promise<number> {
    const doomed = await this.uow.run(COLLECTOR, (tx) => this.collection.takeOver(tx, SILENCE_SECONDS, digest, limit));
    await this.remove(doomed);
    return doomed.length;
  }

  /** Resolves when the blob is not on its way out any more. Fault: unavailable. */
  async settled(digest: string): Promise<void> {
    for (let look = 1; look <= PATIENCE_LOOKS; look += 1) {
      if (!(await this.uow.read(COLLECTOR, (reading) => this.collection.isLeaving(reading, digest)))) return;
      if (look % 40 === 0) await this.takeOver(1, digest);
      await sleep(LOOK_MILLIS);
    }
    throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '5' } });
  }
}
