import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog, LedgerReader } from '#modules/audit/index.js';
import { Keyring, type Verifier } from '#modules/crypto/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { CompactRange } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { type Page, type PageRequest, pageOf } from '#pure/paging/page.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import { changeOf, checkpointOf, type CheckpointSignature, formatTagCheckpoint, leafOf, mismatchKindOf, type TagCheckpoint, type TagMismatch, toldOf } from '../domain/tag-checkpoint.js';
import type { RunFinding, UpkeepRun } from '../domain/upkeep-run.js';
import { TagRecordRepository } from '../persistence/tag-record.repository.js';
import { UpkeepRunRepository } from '../persistence/upkeep-run.repository.js';
import { TagAcceptance } from './tag-acceptance.js';

const CHECKER = systemPrincipal('registry-tags');

const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** A million tags take half a minute. */
const CRASHED_MILLIS = 60 * 60 * 1000;
/** By which the clocks of two processes may differ, and which a transaction may last: an entry's id is older than its commit. */
const MARGIN_MILLIS = 60 * 60 * 1000;
/** Of a run's findings; the count is of all. */
const FINDINGS_MAX = 100;
/** In an entry, which has 16 KiB. */
const TOLD_MAX = 10;

/** Mismatches that somebody was shown and answers for. */
export interface Acceptance {
  readonly runId: string;
  readonly reason: string;
}

interface Compared {
  readonly mismatches: number;
  readonly findings: readonly RunFinding[];
  /** Over all of them: who accepts some accepts these and no others. */
  readonly findingsDigest: string;
}

interface Replayed {
  /** Whether the record of tags was what the last checkpoint says. */
  readonly isRecordWhole: boolean;
  /** Whether the ledger knows a checkpoint that came after the last one of the rows: they come from a backup. */
  readonly isBehindLedger: boolean;
}

/**
 * Where all tags stand, once a day. A seal says that we made a row, and not that it is the last that we made: who can write the
 * table can put back an older one with its seal, or delete one. The ledger has an entry for every move and deletion, each
 * with a number that no other has. So:
 *
 * 1. `tag_record`, a row for each tag, must have the root that the last checkpoint says;
 * 2. what the entries since then say is applied to it, the highest number of each tag counts;
 * 3. the rows of the tags are compared with it: any difference is a row that was changed past the server;
 * 4. the root of the record, which is that of the tags where nothing differs, is signed, recorded and kept.
 *
 * All of it in one transaction of one snapshot, in which an entry is seen exactly when its move is. The root is signed with
 * the key `registry`, and not by the ledger alone: who can write the database can append entries, a false checkpoint with them,
 * and this check believes the last one. No entry that somebody forges makes an older row right, since its number is lower.
 */
@Injectable()
export class TagCheckpoints {
  private readonly logger = new Logger('registry-tags');

  constructor(
    private readonly uow: UnitOfWork,
    private readonly records: TagRecordRepository,
    private readonly runs: UpkeepRunRepository,
    private readonly acceptance: TagAcceptance,
    private readonly ledger: LedgerReader,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly metrics: Metrics,
  ) {}

  /** By itself, once a day, whichever process comes first. */
  async tick(): Promise<void> {
    if (!(await this.uow.read(CHECKER, (reading) => this.records.isNeeded(reading)))) return;
    const id = this.randomness.uuidv7(this.clock.nowMillis());
    const isDue = await this.uow.run(CHECKER, (tx) => this.runs.queueDue(tx, { id, kind: 'tag-checkpoint', dryRun: false, startedBy: CHECKER.id }, DAY_MILLIS, CRASHED_MILLIS));
    if (isDue) await this.complete(CHECKER, id, 'queued');
  }

  /** Now. With an acceptance, what it names is moved to where it stands first. Faults: not-found, tags-changed. */
  async take(principal: Principal, acceptance: Acceptance | null): Promise<UpkeepRun> {
    const id = this.randomness.uuidv7(this.clock.nowMillis());
    return this.complete(principal, id, { acceptance });
  }

  async list(principal: Principal, { limit, after }: PageRequest): Promise<Page<UpkeepRun>> {
    return pageOf(await this.uow.read(principal, (reading) => this.runs.list(reading, 'tag-checkpoint', after, limit + 1)), limit);
  }

  /** Fault: not-found. */
  async get(principal: Principal, id: string): Promise<UpkeepRun> {
    const run = await this.uow.read(principal, (reading) => this.runs.find(reading, 'tag-checkpoint', id));
    if (run === null) throw new Fault(REQUEST_FAULTS['not-found']);
    return run;
  }

  private async complete(principal: Principal, id: string, asked: 'queued' | { readonly acceptance: Acceptance | null }): Promise<UpkeepRun> {
    const signer = await this.keyring.signer('registry');
    const keys = await this.keyring.verifiers('registry');
    // Before the snapshot: what is recorded from then on is read again the next time.
    const takenAtMillis = this.clock.nowMillis();
    const { run, compared, replayed } = await this.uow.run(principal, async (tx) => {
      await this.records.freeze(tx);
      const replayed = await this.replay(tx, keys);
      if (asked !== 'queued') {
        await this.runs.start(tx, { id, kind: 'tag-checkpoint', dryRun: false, startedBy: principal.id });
        if (asked.acceptance !== null) await this.accept(tx, principal, asked.acceptance);
      }
      const compared = await this.compare(tx);
      const checkpoint = { ...(await this.rootOfRecord(tx)), takenAtMillis, runId: id };
      const signature = { keyId: signer.keyId, signature: await signer.sign(Buffer.from(formatTagCheckpoint(checkpoint), 'utf8')) };
      const { findings, ...counted } = compared;
      const run = await this.runs.finish(tx, id, { ...toldOf(checkpoint, signature), ...counted, ...replayed, findings });
      await this.record(tx, principal, toldOf(checkpoint, signature), compared, replayed);
      return { run, compared, replayed };
    });
    this.metrics.increment(REGISTRY_METRICS.registry_tag_mismatches_total, {}, compared.mismatches);
    if (compared.mismatches > 0 || !replayed.isRecordWhole || replayed.isBehindLedger) {
      this.logger.error('tags stand elsewhere than the ledger says', { run: id, mismatches: compared.mismatches, ...replayed });
    }
    return run;
  }

  /** Brings the record up to the entries of this snapshot. What is not as the last checkpoint says is made again from the first entry. */
  private async replay(tx: Tx, keys: readonly Verifier[]): Promise<Replayed> {
    const latest = await this.runs.latestFinished(tx, 'tag-checkpoint');
    const last = latest === null ? null : signedBy(keys, checkpointOf(latest.report));
    const recorded = await this.rootOfRecord(tx);
    const isRecordWhole = last === null ? latest === null && recorded.size === 0 : last.size === recorded.size && last.root.equals(recorded.root);
    if (!isRecordWhole) await this.records.forgetAll(tx);
    const lastMillis = last?.takenAtMillis ?? -1;
    let isBehindLedger = false;
    for await (const entries of this.ledger.recordedSince(tx, 'registry.tag', isRecordWhole ? lastMillis - MARGIN_MILLIS : 0)) {
      const changes = entries.flatMap(({ code, facts }) => changeOf(code, facts) ?? []);
      if (changes.length > 0) await this.records.apply(tx, changes);
      const told = entries.filter(({ code }) => code === REGISTRY_EVENTS['registry.tags.checkpoint'].code).map(({ facts }) => signedBy(keys, checkpointOf(facts)));
      isBehindLedger ||= told.some((checkpoint) => checkpoint !== null && checkpoint.takenAtMillis > lastMillis);
    }
    await this.records.settle(tx);
    return { isRecordWhole, isBehindLedger };
  }

  private async rootOfRecord(tx: Tx): Promise<Pick<TagCheckpoint, 'size' | 'root'>> {
    const tree = new CompactRange();
    for await (const leaves of this.records.leaves(tx)) for (const leaf of leaves) tree.append(leafHash(leafOf(leaf)));
    return { size: tree.size, root: tree.root() };
  }

  private async compare(tx: Tx): Promise<Compared> {
    const digest = createHash('sha256');
    const findings: RunFinding[] = [];
    let mismatches = 0;
    for await (const page of this.records.differences(tx)) {
      for (const finding of page.map(findingOf)) {
        digest.update(`${JSON.stringify(finding)}\n`);
        if (findings.length < FINDINGS_MAX) findings.push(finding);
        mismatches += 1;
      }
    }
    return { mismatches, findings, findingsDigest: digest.digest('hex') };
  }

  /** Fault: tags-changed when what differs now is not what the run has shown. */
  private async accept(tx: Tx, principal: Principal, { runId, reason }: Acceptance): Promise<void> {
    const shown = await this.runs.find(tx, 'tag-checkpoint', runId);
    if (shown === null) throw new Fault(REQUEST_FAULTS['not-found']);
    const { mismatches, findingsDigest } = await this.compare(tx);
    if (mismatches === 0 || shown.report.findingsDigest !== findingsDigest) throw new Fault(REGISTRY_FAULTS['tags-changed']);
    await this.acceptance.accept(tx, principal, runId, reason);
  }

  private async record(tx: Tx, actor: Principal, told: Readonly<Record<string, string | number>>, { mismatches, findings }: Compared, replayed: Replayed): Promise<void> {
    const run = { type: 'upkeep-run', uid: String(told.runId) };
    await this.audit.append(tx, { kind: REGISTRY_EVENTS['registry.tags.checkpoint'], outcome: 'success', actor, targets: [run], facts: { ...told, mismatches } });
    if (mismatches === 0 && replayed.isRecordWhole && !replayed.isBehindLedger) return;
    const first = findings.slice(0, TOLD_MAX);
    await this.audit.append(tx, {
      kind: REGISTRY_EVENTS['registry.tags.mismatch'],
      outcome: 'failure',
      actor,
      targets: [run, ...first.map(({ repositoryId, tag }) => ({ type: 'tag', uid: `${String(repositoryId)}:${String(tag)}` }))],
      facts: { runId: run.uid, mismatches, ...replayed, tags: first.map(({ kind, repository, tag }) => `${String(kind)} ${String(repository)}:${String(tag)}`) },
    });
  }
}

/** Null unless one of the keys signed it. */
function signedBy<T extends TagCheckpoint & CheckpointSignature>(keys: readonly Verifier[], checkpoint: T | null): T | null {
  if (checkpoint === null) return null;
  const key = keys.find(({ keyId }) => keyId === checkpoint.keyId);
  return key?.verify(Buffer.from(formatTagCheckpoint(checkpoint), 'utf8'), checkpoint.signature) === true ? checkpoint : null;
}

function findingOf(mismatch: TagMismatch): RunFinding {
  const { repositoryId, repository, name, found, recorded } = mismatch;
  return {
    kind: mismatchKindOf(mismatch),
    repositoryId,
    repository,
    tag: name,
    digest: found?.digest ?? null,
    version: found?.version ?? null,
    recordedDigest: recorded?.digest ?? null,
    recordedVersion: recorded?.version ?? null,
  };
}
