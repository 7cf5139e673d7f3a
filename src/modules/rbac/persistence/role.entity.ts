import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'rbac', name: 'role' })
export class RoleRow {
  @PrimaryColumn('text') id!: string;
  @Column('boolean') builtin!: boolean;
  @Column('text', { nullable: true }) description!: string | null;
  /** Null for a builtin role: its rules are code. Of others whatever somebody wrote (`readRules`). */
  @Column('jsonb', { nullable: true }) rules!: unknown;
}
