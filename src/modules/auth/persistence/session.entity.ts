import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AssuranceLevel, Scope } from '#pure/principal/principal.js';

@Entity({ schema: 'auth', name: 'session' })
export class SessionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'principal_id' })
  principalId!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { name: 'auth_time' })
  authenticatedAt!: Date;

  @Column('text', { array: true })
  scopes!: Scope[];

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId!: string | null;

  @Column('text', { name: 'acr' })
  assurance!: AssuranceLevel;

  /** Its tokens are good over connections of this certificate alone. */
  @Column('bytea', { name: 'certificate_thumbprint', nullable: true })
  certificateThumbprint!: Buffer | null;
}
