/** What is done to keep the store in order, each run of it a row. */
export type UpkeepKind = 'gc' | 'scrub' | 'retention' | 'tag-checkpoint';

/** One thing that was found. */
export type RunFinding = Readonly<Record<string, number | boolean | string | null | readonly string[]>>;

/** Counts by what was counted, unit last; lists of what was found have an end. */
export type RunReport = Readonly<Record<string, number | boolean | string | readonly RunFinding[]>>;

export interface NewRun {
  readonly id: string;
  readonly kind: UpkeepKind;
  /** Null, and absent where it begins: of all projects. */
  readonly projectId?: string | null;
  readonly dryRun: boolean;
  /** A principal's id, or the component that does it by itself. */
  readonly startedBy: string;
}

export interface UpkeepRun extends NewRun {
  readonly projectId: string | null;
  readonly startedAt: Date;
  /** Null while it runs, and of one that a crash has ended. */
  readonly finishedAt: Date | null;
  /** Where the next one goes on. */
  readonly cursor: string;
  readonly report: RunReport;
}

/** A repository, or one manifest of it with all that it names. */
export interface RunScope {
  readonly repositoryId: string;
  /** Null: all of it. */
  readonly digest: string | null;
}

/** A run that is worked on piece by piece, by whichever process has it. */
export interface OpenRun extends UpkeepRun {
  /** Null: everything. */
  readonly scope: RunScope | null;
}

/** What a collection has done, or would do. */
export interface CollectionReport {
  /** Blobs that a repository no longer shows. */
  readonly hidden: number;
  /** Blobs that are no more. */
  readonly removed: number;
  readonly removedBytes: number;
  /** It ended at its time before it ended at the last blob; the next one goes on. */
  readonly more: boolean;
}
