import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { type ProjectUsage, type StoredUsage, UsageRepository } from '../persistence/usage.repository.js';

/** Larger than any layer seen in the wild by a factor of about two; S3 takes 5 TiB, most registries 10 GiB. */
export const BLOB_BYTES_MAX = 10 * 1024 ** 3;

/** An upload that is about to take bytes. */
export interface GrowingUpload {
  /** Null: there is no row of it, so it reserves nothing. */
  readonly uploadId: string | null;
  /** Of the piece that comes, as far as its client says. */
  readonly announcedBytes: number;
  /** Of those before it. */
  readonly received: () => Promise<number>;
  /** Of its project, without it. */
  readonly usage: StoredUsage;
}

export interface Bound {
  /** Of the whole upload. */
  readonly bytesMax: number;
  /** For what comes beyond. */
  readonly refusal: () => Fault;
}

/** A project's usage with its limit; null: none. */
export interface UsageStanding {
  readonly usedBytes: number;
  readonly reservedBytes: number;
  readonly quotaBytes: number | null;
}

/**
 * What the blobs of a project may take: each counted once, however many of its repositories show it. Three looks: at what
 * is announced, before a byte is read; at what comes, while it comes; and at the sum, in the transaction that shows the blob,
 * which alone is exact and which two pushes at once cannot pass together.
 */
@Injectable()
export class Quotas {
  private readonly defaultBytes: number | null;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly usage: UsageRepository,
    config: Config,
  ) {
    this.defaultBytes = config.registry.projectQuotaBytes;
  }

  /** How many bytes the upload may have in all. Reserves what is announced. Fault: quota-exceeded. */
  async bound(principal: Principal, { uploadId, announcedBytes, received, usage }: GrowingUpload): Promise<Bound> {
    const { usedBytes, reservedBytes, quotaBytes } = this.limited(usage);
    if (quotaBytes === null) return { bytesMax: BLOB_BYTES_MAX, refusal: tooLarge };
    const leftBytes = Math.max(0, quotaBytes - usedBytes - reservedBytes);
    const wholeBytes = announcedBytes + (await received());
    if (wholeBytes > leftBytes) throw exceeded(usedBytes, quotaBytes);
    if (uploadId !== null) await this.uow.run(principal, (tx) => this.usage.reserve(tx, uploadId, wholeBytes));
    if (leftBytes > BLOB_BYTES_MAX) return { bytesMax: BLOB_BYTES_MAX, refusal: tooLarge };
    return { bytesMax: leftBytes, refusal: () => exceeded(usedBytes, quotaBytes) };
  }

  /** In the transaction that has made the usage what it is. Fault: quota-exceeded. */
  demand(usage: ProjectUsage | null): void {
    if (usage === null) return;
    const quotaBytes = usage.quotaBytes ?? this.defaultBytes;
    if (quotaBytes !== null && usage.usedBytes > quotaBytes) throw exceeded(usage.usedBytes, quotaBytes);
  }

  async standing(principal: Principal, projectId: string): Promise<UsageStanding> {
    return this.limited(await this.uow.read(principal, (reading) => this.usage.standing(reading, projectId)));
  }

  private limited(usage: StoredUsage): UsageStanding {
    return { ...usage, quotaBytes: usage.quotaBytes ?? this.defaultBytes };
  }
}

const tooLarge = (): Fault => new Fault(REGISTRY_FAULTS['size-invalid']);

function exceeded(usedBytes: number, quotaBytes: number): Fault {
  return new Fault(REGISTRY_FAULTS['quota-exceeded'], { members: { usedBytes, quotaBytes } });
}
