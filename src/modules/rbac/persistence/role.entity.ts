import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'rbac', name: 'role' })
export class RoleRow {
  @PrimaryColumn('text') id!: string;
  @Column('text') name!: string;
  @Column('boolean') builtin!: boolean;
  @Column('text', { nullable: true }) description!: string | null;
  /** Null for a builtin role: its rules are code. Of others whatever somebody wrote (`readRules`). */
  @Column('jsonb', { nullable: true }) rules!: unknown;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

@Entity({ schema: 'rbac', name: 'role_parent' })
export class RoleParentRow {
  @PrimaryColumn('text', { name: 'role_id' }) roleId!: string;
  @PrimaryColumn('text', { name: 'parent_id' }) parentId!: string;
}

@Entity({ schema: 'rbac', name: 'role_version' })
export class RoleVersionRow {
  @PrimaryColumn('text', { name: 'role_id' }) roleId!: string;
  @PrimaryColumn('integer') version!: number;
  @Column('text') name!: string;
  @Column('text') description!: string;
  @Column('jsonb') rules!: unknown;
  @Column('text', { array: true }) parents!: string[];
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('text', { name: 'created_by' }) createdBy!: string;
}
