import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { Item, JobError, JobMethod, Precision, Priority } from '../domain/job.js';
import type { JobStatus } from '../domain/job-status.js';
import { ResultEntity } from './result.entity.js';

/** pg gives bigint as text, lest it lose digits; these columns are checked to stay below 2^53. */
const exactInteger = { to: (value: number): string => String(value), from: (value: string): number => Number(value) };

/** A row of `simulation.job`. The source is not read unless asked for: it can be a megabyte. */
@Entity({ schema: 'simulation', name: 'job' })
export class JobEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text', { name: 'project_slug' }) projectSlug!: string;
  @Column('uuid', { name: 'submitted_by' }) submittedBy!: string;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('text') language!: string;
  @Column('text', { select: false }) source!: string;
  @Column('jsonb', { select: false }) parameters!: ProgramInputs;
  @Column('jsonb', { select: false }) outputs!: readonly unknown[];
  @Column('jsonb', { nullable: true, select: false }) noise!: object | null;
  @Column('text', { name: 'program_digest' }) programDigest!: string;
  @Column('text', { name: 'program_references', array: true }) programReferences!: readonly string[];
  @Column('integer') shots!: number;
  @Column('bigint', { transformer: exactInteger }) seed!: number;
  @Column('text') method!: JobMethod;
  @Column('text') precision!: Precision;
  @Column('integer') qubits!: number;
  @Column('bigint', { name: 'memory_bytes', transformer: exactInteger }) memoryBytes!: number;
  @Column('bigint', { name: 'cost_units', transformer: exactInteger }) costUnits!: number;
  @Column('text') priority!: Priority;
  @Column('timestamptz', { nullable: true }) deadline!: Date | null;
  @Column('jsonb', { nullable: true, select: false }) items!: readonly Item[] | null;
  @Column('integer', { name: 'item_count' }) itemCount!: number;
  @Column('integer') parts!: number;
  @Column('uuid', { name: 'parent_id', nullable: true }) parentId!: string | null;
  @Column('integer', { name: 'first_item', nullable: true }) firstItem!: number | null;
  @Column('integer', { name: 'first_shot', nullable: true }) firstShot!: number | null;
  @Column('text') status!: JobStatus;
  @Column('real') progress!: number;
  @Column('boolean', { name: 'cancel_requested' }) cancelRequested!: boolean;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('text', { name: 'error_code', nullable: true }) errorCode!: JobError['code'] | null;
  @Column('text', { name: 'error_detail', nullable: true }) errorDetail!: string | null;
  @Column('uuid', { name: 'end_entry_id', nullable: true }) endEntryId!: string | null;
  @OneToOne(() => ResultEntity)
  @JoinColumn({ name: 'id', referencedColumnName: 'jobId' })
  result!: ResultEntity | null;
}
