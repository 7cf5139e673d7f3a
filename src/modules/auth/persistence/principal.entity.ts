import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'auth', name: 'principal' })
export class PrincipalEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  kind!: 'user' | 'service';

  @Column('text')
  status!: 'active' | 'disabled';

  /** bigint: the driver gives text. */
  @Column('bigint')
  epoch!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column('timestamptz', { name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  @Column('uuid', { name: 'created_by', nullable: true })
  createdBy!: string | null;

  /** bigint: the driver gives text. */
  @Column('bigint')
  version!: string;

  @Column('boolean', { name: 'dpop_required' })
  dpopRequired!: boolean;

  @Column('uuid', { name: 'break_glass_id', nullable: true })
  breakGlassId!: string | null;

  @Column('timestamptz', { name: 'break_glass_until', nullable: true })
  breakGlassUntil!: Date | null;
}
