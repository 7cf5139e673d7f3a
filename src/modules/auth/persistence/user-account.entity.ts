import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { PrincipalEntity } from './principal.entity.js';

@Entity({ schema: 'auth', name: 'user_account' })
export class UserAccountEntity {
  @PrimaryColumn('uuid', { name: 'principal_id' })
  principalId!: string;

  @OneToOne(() => PrincipalEntity)
  @JoinColumn({ name: 'principal_id' })
  principal!: PrincipalEntity;

  @Column('text')
  username!: string;

  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  /** PHC string; never leaves the engine. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash!: string;

  @Column('boolean', { name: 'must_change_password' })
  mustChangePassword!: boolean;

  @Column('timestamptz', { name: 'password_changed_at' })
  passwordChangedAt!: Date;
}
