import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type Demands, demandsOf, POLICY_DEFAULT, type PolicyMode, type RegistryPolicy, type VersionedPolicy } from '../domain/registry-policy.js';
import type { RetentionRule } from '../domain/retention-rule.js';

const COLUMNS = 'version, mode, demands, immutable_tags, retention';
const OF: Statement = { name: 'registry.policy.of', text: `SELECT ${COLUMNS} FROM registry.project_policy WHERE project_id = $1` };
const HOLD: Statement = { name: 'registry.policy.hold', text: `SELECT ${COLUMNS} FROM registry.project_policy WHERE project_id = $1 FOR SHARE` };

/** What projects demand of their images. A project without a row has said nothing. */
@Injectable()
export class PolicyRepository {
  async of(reading: Reading, projectId: string): Promise<VersionedPolicy> {
    return policyOf(await rowsOf<PolicyRow>(reading, OF, [projectId]));
  }

  /** As `of`, and nobody changes it until the transaction ends. A project that gets its first row meanwhile is not held: its version says so. */
  async hold(tx: Tx, projectId: string): Promise<VersionedPolicy> {
    return policyOf(await rowsOf<PolicyRow>(tx, HOLD, [projectId]));
  }

  /** To be changed: one at a time, from the first on. */
  async lock(tx: Tx, projectId: string): Promise<VersionedPolicy> {
    await rowsOf(tx, { name: 'registry.policy.make', text: 'INSERT INTO registry.project_policy (project_id) VALUES ($1) ON CONFLICT (project_id) DO NOTHING' }, [projectId]);
    const text = `SELECT ${COLUMNS} FROM registry.project_policy WHERE project_id = $1 FOR UPDATE`;
    return policyOf(await rowsOf<PolicyRow>(tx, { name: 'registry.policy.lock', text }, [projectId]));
  }

  /** The next version. */
  async change(tx: Tx, projectId: string, { mode, demands, immutableTags, retention }: RegistryPolicy): Promise<VersionedPolicy> {
    const text = `UPDATE registry.project_policy SET version = version + 1, mode = $2, demands = $3, immutable_tags = $4, retention = $5, changed_at = now()
                  WHERE project_id = $1 RETURNING ${COLUMNS}`;
    const values = [projectId, mode, JSON.stringify(demands), immutableTags, JSON.stringify(retention)];
    return policyOf(await rowsOf<PolicyRow>(tx, { name: 'registry.policy.change', text }, values));
  }
}

interface PolicyRow {
  readonly version: number;
  readonly mode: PolicyMode;
  readonly demands: Partial<Demands>;
  readonly immutable_tags: readonly string[];
  readonly retention: readonly RetentionRule[];
}

function policyOf([row]: readonly PolicyRow[]): VersionedPolicy {
  return row === undefined ? POLICY_DEFAULT : { version: row.version, mode: row.mode, demands: demandsOf(row.demands), immutableTags: row.immutable_tags, retention: row.retention };
}
