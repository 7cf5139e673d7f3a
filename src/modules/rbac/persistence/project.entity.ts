import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'rbac', name: 'project' })
export class ProjectRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') slug!: string;
  @Column('text') name!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'archived_at', nullable: true }) archivedAt!: Date | null;
  @Column('boolean', { name: 'approvals_required' }) approvalsRequired!: boolean;
  /** bigint: the driver gives text. */
  @Column('bigint') version!: string;
}
