import { Column, Entity, JoinColumn, ManyToOne, OneToOne, PrimaryColumn } from 'typeorm';
import { PrincipalEntity } from './principal.entity.js';

@Entity({ schema: 'auth', name: 'service_account' })
export class ServiceAccountEntity {
  @PrimaryColumn('uuid', { name: 'principal_id' })
  principalId!: string;

  @OneToOne(() => PrincipalEntity)
  @JoinColumn({ name: 'principal_id' })
  principal!: PrincipalEntity;

  @Column('text')
  name!: string;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @ManyToOne(() => PrincipalEntity)
  @JoinColumn({ name: 'owner_id' })
  owner!: PrincipalEntity;
}
