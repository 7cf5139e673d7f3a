import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Rule } from '../domain/rule.js';

@Entity({ schema: 'rbac', name: 'role' })
export class RoleRow {
  @PrimaryColumn('text') id!: string;
  @Column('boolean') builtin!: boolean;
  @Column('text', { nullable: true }) description!: string | null;
  /** Null for a builtin role: its rules are code. */
  @Column('jsonb', { nullable: true }) rules!: readonly Rule[] | null;
}
