import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import type { Tx } from '#platform/database/unit-of-work.js';
import { requestTrail } from '#platform/system/request-context.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import type { TagChange, TagMismatch } from '../domain/tag-checkpoint.js';
import { TagSeals } from '../manifests/tag-seals.js';
import { TagRecordRepository } from '../persistence/tag-record.repository.js';

/** An entry for each, in one transaction: some seconds. The rest is accepted by asking again. */
const ACCEPTED_MAX = 10_000;

/** A tag that is told to stand where it stands, or to be gone. */
interface AcceptedTag {
  readonly mismatch: TagMismatch;
  readonly change: TagChange;
}

/**
 * What stands elsewhere than the ledger says, because somebody restored the registry from a backup, is accepted by moving each
 * tag to where it stands: with a new number, a new seal and an entry, as any move. A tag that is not there is told to be gone.
 * A row whose seal does not hold is nobody's to accept: whoever wrote it is not us, and a push moves it.
 */
@Injectable()
export class TagAcceptance {
  constructor(
    private readonly records: TagRecordRepository,
    private readonly seals: TagSeals,
    private readonly audit: AuditLog,
  ) {}

  /** In the caller's transaction, in which nothing of the record changes meanwhile. */
  async accept(tx: Tx, actor: Principal, runId: string, reason: string): Promise<void> {
    let accepted = 0;
    for await (const page of this.records.differences(tx)) {
      const acceptable = page.filter((mismatch) => this.isAcceptable(mismatch)).slice(0, ACCEPTED_MAX - accepted);
      if (acceptable.length > 0) await this.acceptSome(tx, actor, runId, acceptable);
      accepted += acceptable.length;
    }
    const targets = [{ type: 'upkeep-run', uid: runId }];
    await this.audit.append(tx, { kind: REGISTRY_EVENTS['registry.tag.accept'], outcome: 'success', actor, targets, facts: { runId, accepted, reason } });
  }

  private isAcceptable({ repositoryId, name, found }: TagMismatch): boolean {
    return found === null || this.seals.isWhole({ repositoryId, name, ...found });
  }

  private async acceptSome(tx: Tx, actor: Principal, runId: string, mismatches: readonly TagMismatch[]): Promise<void> {
    const numbers = await this.records.numbers(tx, mismatches.length);
    const tags = mismatches.map((mismatch, at): AcceptedTag => {
      const { repositoryId, repository, name, found } = mismatch;
      return { mismatch, change: { repositoryId, repository, name, digest: found?.digest ?? null, version: numbers[at]! } };
    });
    const standing = tags.flatMap(({ change: { repositoryId, name, digest, version } }) => (digest === null ? [] : [{ repositoryId, name, digest, version }]));
    if (standing.length > 0) await this.records.reseal(tx, standing.map((tag) => ({ ...tag, seal: this.seals.of(tag) })), actor.id);
    await this.records.apply(tx, tags.map(({ change }) => change));
    await this.records.settle(tx);
    await this.record(tx, actor, runId, tags);
  }

  private async record(tx: Tx, actor: Principal, runId: string, tags: readonly AcceptedTag[]): Promise<void> {
    const projects = await this.records.projectsOf(tx, [...new Set(tags.map(({ change }) => change.repositoryId))]);
    const events = tags.map(({ mismatch, change: { repositoryId, repository, name, digest, version } }) => {
      const projectId = projects.get(repositoryId);
      return {
        event: {
          kind: REGISTRY_EVENTS[digest === null ? 'registry.tag.remove' : 'registry.tag.move'],
          outcome: 'success' as const,
          actor,
          ...(projectId === undefined ? {} : { projectId }),
          targets: [{ type: 'tag', uid: `${repositoryId}:${name}` }],
          facts: { tag: name, repositoryId, repository, digest: digest ?? mismatch.recorded!.digest, version, runId, ...(mismatch.recorded === null ? {} : { formerDigest: mismatch.recorded.digest }) },
        },
        trail: requestTrail(),
      };
    });
    await this.audit.appendAll(tx, events);
  }
}
