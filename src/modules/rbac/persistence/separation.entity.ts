import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'rbac', name: 'separation' })
export class SeparationRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'first_role' }) firstRole!: string;
  @Column('text', { name: 'second_role' }) secondRole!: string;
  @Column('text') reason!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('text', { name: 'created_by' }) createdBy!: string;
}
