import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `simulation.result`: the canonical bytes, served as they are stored, and the signature over their digest. */
@Entity({ schema: 'simulation', name: 'result' })
export class ResultEntity {
  @PrimaryColumn('uuid', { name: 'job_id' }) jobId!: string;
  @Column('bytea', { select: false }) body!: Buffer;
  @Column('integer', { name: 'size_bytes' }) sizeBytes!: number;
  @Column('text') digest!: string;
  @Column('text', { nullable: true }) algorithm!: string | null;
  @Column('text', { name: 'key_id', nullable: true }) keyId!: string | null;
  @Column('bytea', { nullable: true }) signature!: Buffer | null;
  @Column('timestamptz', { name: 'signed_at', nullable: true }) signedAt!: Date | null;
}
