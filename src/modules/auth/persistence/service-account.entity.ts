import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
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
}
