import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'rbac', name: 'role_binding' })
export class RoleBindingRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'subject_id' }) subjectId!: string;
  @Column('text', { name: 'role_id' }) roleId!: string;
  @Column('uuid', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('text', { name: 'created_by' }) createdBy!: string;
}
