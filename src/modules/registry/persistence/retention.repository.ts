import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { MANIFEST_TYPES } from '#pure/oci/manifest.js';
import type { ManifestState } from '../domain/manifest-state.js';
import type { Surroundings } from '../domain/retention-batch.js';
import type { Going } from '../domain/retention-report.js';
import type { RetainableManifest, RetainableRepository, RetainableTag } from '../domain/retention-holdings.js';
import type { TagRow } from './manifest.repository.js';

/** In milliseconds since 1970, as the planner counts. */
const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;
/** To the microsecond: what was pulled twice in a millisecond was pulled since. */
const STAMP = `concat_ws(' ', manifest.state_version, extract(epoch FROM manifest.touched_at), coalesce(extract(epoch FROM manifest.pulled_at), 0), coalesce(extract(epoch FROM manifest.untagged_at), 0), coalesce(extract(epoch FROM manifest.asked_at), 0))`;

/** One statement, so that all is of one instant: a part whose index, or a tag whose manifest, came in between would be seen alone. */
const READ: Statement = {
  name: 'registry.retention.read',
  text: `WITH tags AS (
           SELECT digest, array_agg(name ORDER BY name) AS names, array_agg(version ORDER BY name) AS versions, array_agg(${millis('moved_at')} ORDER BY name) AS moved
           FROM registry.tag WHERE repository_id = $1 GROUP BY digest
         ), parts AS (
           SELECT manifest_digest AS digest, array_agg(digest) AS digests FROM registry.manifest_reference WHERE repository_id = $1 AND role = 'manifest' GROUP BY manifest_digest
         )
         SELECT manifest.digest, manifest.media_type, manifest.state, manifest.is_evidence, manifest.subject, ${STAMP} AS stamp,
                ${millis('manifest.touched_at')} AS pushed, ${millis('manifest.pulled_at')} AS pulled, ${millis('manifest.untagged_at')} AS untagged, ${millis('manifest.asked_at')} AS asked,
                parts.digests AS parts, tags.names, tags.versions, tags.moved
         FROM registry.manifest LEFT JOIN tags USING (digest) LEFT JOIN parts USING (digest) WHERE manifest.repository_id = $1`,
};

/** Waits for nobody: what is being pushed, pulled or released just now is theirs. */
const HOLD_MANIFESTS: Statement = {
  name: 'registry.retention.hold-manifests',
  text: `SELECT digest, ${STAMP} AS stamp FROM registry.manifest WHERE repository_id = $1 AND digest = ANY($2) ORDER BY digest FOR UPDATE SKIP LOCKED`,
};
const HOLD_TAGS: Statement = {
  name: 'registry.retention.hold-tags',
  text: 'SELECT name, digest, version, seal FROM registry.tag WHERE repository_id = $1 AND name = ANY($2) ORDER BY name FOR UPDATE SKIP LOCKED',
};

/**
 * The second look: a statement of its own, so that it sees what was committed until the rows were held. Who tags what goes, names it
 * in an index or says something about it holds its row before (a tag's foreign key, `ManifestRepository.hold`), and is either seen or waits.
 */
const AROUND: Statement = {
  name: 'registry.retention.around',
  text: `SELECT 'tag' AS kind, digest AS of, name AS other FROM registry.tag WHERE repository_id = $1 AND digest = ANY($2)
         UNION ALL SELECT 'index', digest, manifest_digest FROM registry.manifest_reference WHERE repository_id = $1 AND digest = ANY($2) AND role = 'manifest'
         UNION ALL SELECT 'referrer', subject, digest FROM registry.manifest WHERE repository_id = $1 AND subject = ANY($2)
         UNION ALL SELECT 'referrer', going.digest, tag.digest FROM (SELECT digest, replace(digest, ':', '-') COLLATE "C" AS prefix FROM unnest($2::text[]) AS going (digest)) AS going
           JOIN registry.tag ON tag.repository_id = $1 AND tag.name >= going.prefix AND tag.name < going.prefix || '~'
         UNION ALL SELECT 'there', digest, '' FROM registry.manifest WHERE repository_id = $1 AND digest = ANY($3)`,
};

/** One that takes what is due takes it for a day, and who comes at the same time finds it taken. */
const CLAIM: Statement = {
  name: 'registry.retention.claim',
  text: `UPDATE registry.project_policy SET retention_ran_at = now() WHERE project_id IN (
           SELECT project_id FROM registry.project_policy
           WHERE retention <> '[]' AND (retention_ran_at IS NULL OR retention_ran_at <= now() - $1 * interval '1 millisecond')
           ORDER BY retention_ran_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING project_id`,
};

/** What retention looks at, and holds while it takes it away. */
@Injectable()
export class RetentionRepository {
  /** Of the project, those behind `after`, by their ids. */
  async repositories(reading: Reading, projectId: string, after: string | null, limit: number): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const text = 'SELECT id, name FROM registry.repository WHERE project_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3';
    return rowsOf<{ id: string; name: string }>(reading, { name: 'registry.retention.repositories', text }, [projectId, after, limit]);
  }

  async read(reading: Reading, { id, name }: { readonly id: string; readonly name: string }): Promise<RetainableRepository> {
    const rows = await rowsOf<RetainableRow>(reading, READ, [id]);
    return { name, manifests: rows.map(manifestOf), tags: rows.flatMap(tagsOf) };
  }

  /** Holds, of what is to go, what nobody else does, and looks what is around it. A tag that is not whole was moved past us: it stays for who looks for such. */
  async hold(tx: Tx, repositoryId: string, planned: Going, isWhole: (tag: TagRow) => boolean): Promise<Surroundings> {
    const going = planned.manifests.map(({ digest }) => digest);
    const manifests = await rowsOf<{ digest: string; stamp: string }>(tx, HOLD_MANIFESTS, [repositoryId, [...new Set([...going, ...planned.tags.map(({ digest }) => digest)])]]);
    const rows = await rowsOf<{ name: string; digest: string; version: string; seal: Buffer }>(tx, HOLD_TAGS, [repositoryId, planned.tags.map(({ name }) => name)]);
    const tags = rows.map((row) => ({ ...row, repositoryId, version: Number(row.version) })).filter(isWhole);
    const around = await rowsOf<AroundRow>(tx, AROUND, [repositoryId, going, [...new Set(planned.manifests.flatMap(({ about }) => about))]]);
    const ofKind = (kind: AroundRow['kind']): readonly AroundRow[] => around.filter((row) => row.kind === kind);
    return {
      stamps: new Map(manifests.map(({ digest, stamp }) => [digest, stamp])),
      tagVersions: new Map(tags.map(({ name, version }) => [name, version])),
      tags: ofKind('tag').map(({ of, other }) => ({ digest: of, name: other })),
      indexes: ofKind('index').map(({ of, other }) => ({ part: of, index: other })),
      referrers: ofKind('referrer').map(({ of, other }) => ({ about: of, digest: other })),
      there: new Set(ofKind('there').map(({ of }) => of)),
    };
  }

  /** A project with rules that none has run over for so long: it counts as run over from then on. */
  async claim(tx: Tx, restMillis: number): Promise<string | null> {
    const [row] = await rowsOf<{ project_id: string }>(tx, CLAIM, [restMillis]);
    return row?.project_id ?? null;
  }

  /** It was not run over to its end, and is due again when those are done that have waited longer. */
  async release(tx: Tx, projectId: string, restMillis: number): Promise<void> {
    const text = `UPDATE registry.project_policy SET retention_ran_at = now() - $2 * interval '1 millisecond' WHERE project_id = $1`;
    await rowsOf(tx, { name: 'registry.retention.release', text }, [projectId, restMillis]);
  }
}

interface RetainableRow {
  readonly digest: string;
  readonly media_type: string;
  readonly state: ManifestState;
  readonly is_evidence: boolean;
  readonly subject: string | null;
  readonly stamp: string;
  readonly pushed: number;
  readonly pulled: number | null;
  readonly untagged: number | null;
  readonly asked: number | null;
  readonly parts: readonly string[] | null;
  readonly names: readonly string[] | null;
  readonly versions: readonly string[] | null;
  readonly moved: readonly number[] | null;
}

interface AroundRow {
  readonly kind: 'tag' | 'index' | 'referrer' | 'there';
  readonly of: string;
  readonly other: string;
}

function manifestOf(row: RetainableRow): RetainableManifest {
  return {
    digest: row.digest,
    state: row.state,
    isEvidence: row.is_evidence,
    isIndex: MANIFEST_TYPES[row.media_type] === 'index',
    subject: row.subject,
    parts: row.parts ?? [],
    pushedMillis: row.pushed,
    pulledMillis: row.pulled,
    untaggedMillis: row.untagged,
    askedMillis: row.asked,
    stamp: row.stamp,
  };
}

function tagsOf({ digest, names, versions, moved }: RetainableRow): readonly RetainableTag[] {
  return (names ?? []).map((name, n) => ({ name, digest, version: Number(versions![n]), movedMillis: moved![n]! }));
}
