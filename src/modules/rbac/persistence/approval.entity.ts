import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApprovalState } from '../domain/approval.js';

@Entity({ schema: 'rbac', name: 'approval' })
export class ApprovalRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'requester_id' }) requesterId!: string;
  @Column('bytea', { name: 'request_hash' }) requestHash!: Buffer;
  @Column('text') route!: string;
  @Column('text') permission!: `${string}:${string}`;
  @Column('uuid', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('text', { name: 'target_type' }) targetType!: string;
  @Column('text', { name: 'target_uid' }) targetUid!: string;
  /** bigint: the driver gives text. */
  @Column('bigint', { name: 'target_version', nullable: true }) targetVersion!: string | null;
  @Column('text') summary!: string;
  @Column('text') state!: ApprovalState;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('uuid', { name: 'decided_by', nullable: true }) decidedBy!: string | null;
  @Column('timestamptz', { name: 'decided_at', nullable: true }) decidedAt!: Date | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('timestamptz', { name: 'used_at', nullable: true }) usedAt!: Date | null;
}
