import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

/** What a project's blobs take, and what its policy lets them; null: the policy says nothing. */
export interface ProjectUsage {
  readonly usedBytes: number;
  readonly quotaBytes: number | null;
}

/** With what uploads that are open are going to take. */
export type StoredUsage = ProjectUsage & { readonly reservedBytes: number };

export function usageOf(row: { readonly used_bytes: string; readonly quota_bytes: string | null; readonly reserved_bytes: string }): StoredUsage {
  return { usedBytes: Number(row.used_bytes), quotaBytes: row.quota_bytes === null ? null : Number(row.quota_bytes), reservedBytes: Number(row.reserved_bytes) };
}

const STANDING: Statement = {
  name: 'registry.usage.standing',
  text: `SELECT coalesce((SELECT used_bytes FROM registry.usage WHERE project_id = $1), 0) AS used_bytes,
                (SELECT quota_bytes FROM registry.project_policy WHERE project_id = $1) AS quota_bytes,
                (SELECT coalesce(sum(reserved_bytes), 0) FROM registry.upload WHERE project_id = $1 AND expires_at > now()) AS reserved_bytes`,
};
const RESERVE: Statement = { name: 'registry.usage.reserve', text: 'UPDATE registry.upload SET reserved_bytes = $2 WHERE id = $1' };

/** The sums that quotas are compared with. They are kept by whoever shows and hides blobs, in the same statement. */
@Injectable()
export class UsageRepository {
  async standing(reading: Reading, projectId: string): Promise<StoredUsage> {
    return usageOf((await rowsOf<Parameters<typeof usageOf>[0]>(reading, STANDING, [projectId]))[0]!);
  }

  /** What an open upload is going to take, as far as its client has said. */
  async reserve(tx: Tx, uploadId: string, bytes: number): Promise<void> {
    await rowsOf(tx, RESERVE, [uploadId, bytes]);
  }
}
