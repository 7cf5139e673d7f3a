import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Config } from '#platform/config/config.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { requestTrail } from '#platform/system/request-context.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { subjectOfTag } from '../domain/evidence.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_METRICS } from '../domain/registry.metrics.js';
import type { VersionedPolicy } from '../domain/registry-policy.js';
import { batchesOf, settle } from '../domain/retention-batch.js';
import { type DoomedManifest, type DoomedUnit, planRetention } from '../domain/retention-plan.js';
import { type Going, type RetentionReport, RetentionTally } from '../domain/retention-report.js';
import { TagSeals } from '../manifests/tag-seals.js';
import { Tags } from '../manifests/tags.js';
import { touchMillisOf } from '../persistence/blob.repository.js';
import { LifecycleRepository } from '../persistence/lifecycle.repository.js';
import { ManifestRepository } from '../persistence/manifest.repository.js';
import { PolicyRepository } from '../persistence/policy.repository.js';
import { RetentionRepository } from '../persistence/retention.repository.js';
import { TagRepository } from '../persistence/tag.repository.js';

/** Who takes away what rules let go, whoever asked for the run. */
export const RETAINER = systemPrincipal('registry-retention');

/** Rows that one transaction holds: a push that touches one of them waits for some ten milliseconds. An image with more than that goes as one. */
const BATCH = 100;
const PAGE = 100;
/** In an entry, which has 16 KiB; each tag has one of its own. */
const TAGS_TOLD_MAX = 20;

/** What is being run over, and by which run. */
interface Course {
  readonly projectId: string;
  /** Null: nothing is taken away. */
  readonly runId: string | null;
  readonly policy: VersionedPolicy;
  readonly isOver: () => boolean;
  readonly tally: RetentionTally;
}

interface Place {
  readonly id: string;
  readonly name: string;
}

/**
 * Takes away what a project's rules let go. What goes is planned from one look at a repository (`planRetention`), and taken in
 * batches, each a transaction that holds what it takes, looks again, and leaves alone what anybody has touched since
 * (`settle`). There is no lock above rows: of two that run over one repository each takes what the other has not. A crash leaves
 * whole images behind, which the next run finds again.
 */
@Injectable()
export class Retention {
  private readonly graceMillis: number;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly retention: RetentionRepository,
    private readonly policies: PolicyRepository,
    private readonly manifests: ManifestRepository,
    private readonly tags: TagRepository,
    private readonly tagDeeds: Tags,
    private readonly seals: TagSeals,
    private readonly lifecycle: LifecycleRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    config: Config,
  ) {
    const { pushLeaseMillis, gcGraceMillis } = config.registry;
    this.graceMillis = Math.max(pushLeaseMillis + touchMillisOf(pushLeaseMillis), gcGraceMillis);
  }

  /** Over all repositories of the project, until it `isOver`. Without a run nothing is taken away. */
  async run(projectId: string, runId: string | null, isOver: () => boolean): Promise<RetentionReport> {
    const policy = await this.uow.read(RETAINER, (reading) => this.policies.of(reading, projectId));
    const course: Course = { projectId, runId, policy, isOver, tally: new RetentionTally() };
    let after: string | null = null;
    while (policy.retention.length > 0) {
      const places: readonly Place[] = await this.uow.read(RETAINER, (reading) => this.retention.repositories(reading, projectId, after, PAGE));
      for (const place of places) if (isOver() || !(await this.runOver(course, place))) return course.tally.report(true);
      if (places.length < PAGE) break;
      after = places.at(-1)!.id;
    }
    return course.tally.report(false);
  }

  /** False when it was ended before it came to the end. */
  private async runOver(course: Course, place: Place): Promise<boolean> {
    const repository = await this.uow.read(RETAINER, (reading) => this.retention.read(reading, place));
    const { retention: rules, immutableTags } = course.policy;
    const plan = planRetention(repository, { rules, immutableTags, graceMillis: this.graceMillis, nowMillis: this.clock.nowMillis() });
    course.tally.planned(plan);
    const known = new Set(repository.manifests.map(({ digest }) => digest));
    for (const batch of batchesOf(plan.units, BATCH)) {
      if (course.runId === null) {
        course.tally.gone(place.name, together(batch));
      } else {
        const gone = course.isOver() ? null : await this.take(course, course.runId, place, batch, known);
        if (gone === null) return false;
        course.tally.gone(place.name, gone);
        course.tally.leftAlone(sizeOf(together(batch)) - sizeOf(gone));
      }
    }
    return true;
  }

  /** Null when the rules are others by now. */
  private async take({ projectId, policy }: Course, runId: string, place: Place, batch: readonly DoomedUnit[], known: ReadonlySet<string>): Promise<Going | null> {
    const planned = together(batch);
    const gone = await this.uow.run(RETAINER, async (tx) => {
      if ((await this.policies.hold(tx, projectId)).version !== policy.version) return null;
      const around = await this.retention.hold(tx, place.id, planned, (tag) => this.seals.isWhole(tag));
      const going = settle(batch, around, known);
      if (sizeOf(going) > 0) await this.remove(tx, { projectId, runId, place }, going);
      return going;
    });
    if (gone !== null) {
      this.metrics.increment(REGISTRY_METRICS.registry_expired_total, { kind: 'tag' }, gone.tags.length);
      this.metrics.increment(REGISTRY_METRICS.registry_expired_total, { kind: 'manifest' }, gone.manifests.length);
    }
    return gone;
  }

  /** What was about something else and goes without it has to be missed there. */
  private async remove(tx: Tx, deed: Deed, { tags, manifests }: Going): Promise<void> {
    const { projectId, place } = deed;
    const removedTags = await this.tags.remove(tx, place.id, tags.map(({ name }) => name));
    const versions = new Map(removedTags.map(({ name, version }) => [name, version]));
    await this.manifests.removeAll(tx, place.id, manifests.map(({ digest }) => digest));
    const about = [...manifests.flatMap((manifest) => manifest.about), ...tags.map(({ name }) => subjectOfTag(name)).filter((subject) => subject !== null)];
    if (about.length > 0) await this.lifecycle.markDue(tx, place.id, [...new Set(about)]);
    const namesOf = Map.groupBy(tags, ({ digest }) => digest);
    const gone = new Set(manifests.map(({ digest }) => digest));
    if (manifests.length > 0) await this.record(tx, deed, manifests, (digest) => (namesOf.get(digest) ?? []).map(({ name }) => name));
    for (const [digest, named] of namesOf) {
      const kind = REGISTRY_EVENTS[gone.has(digest) ? 'registry.tag.remove' : 'registry.tag.delete'];
      await this.tagDeeds.recordGone(tx, RETAINER, kind, { projectId, repositoryId: place.id, repository: place.name, digest }, named.map(({ name }) => ({ name, version: versions.get(name)! })));
    }
  }

  private async record(tx: Tx, { projectId, runId, place }: Deed, manifests: readonly DoomedManifest[], tagsOf: (digest: string) => readonly string[]): Promise<void> {
    const events = manifests.map(({ digest, reason }) => {
      const tags = tagsOf(digest);
      return {
        event: {
          kind: REGISTRY_EVENTS['registry.manifest.delete'],
          outcome: 'success' as const,
          actor: RETAINER,
          projectId,
          targets: [
            { type: 'manifest', uid: digest },
            { type: 'repository', uid: place.id },
            { type: 'upkeep-run', uid: runId },
          ],
          facts: { digest, tagCount: tags.length, tags: tags.slice(0, TAGS_TOLD_MAX), reason },
        },
        trail: requestTrail(),
      };
    });
    await this.audit.appendAll(tx, events);
  }
}

interface Deed {
  readonly projectId: string;
  readonly runId: string;
  readonly place: Place;
}

function together(units: readonly DoomedUnit[]): Going {
  return { tags: units.flatMap(({ tags }) => tags), manifests: units.flatMap(({ manifests }) => manifests) };
}

function sizeOf({ tags, manifests }: Going): number {
  return tags.length + manifests.length;
}
