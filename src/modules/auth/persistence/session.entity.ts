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

  @Column('text', { array: true })
  methods!: string[];

  @Column('uuid', { name: 'client_id', nullable: true })
  clientId!: string | null;

  /** The secret or key of a program that it began with; it ends with that. */
  @Column('uuid', { name: 'credential_id', nullable: true })
  credentialId!: string | null;

  /** Whatever is refreshed or renewed. */
  @Column('timestamptz', { name: 'ends_at' })
  endsAt!: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt!: Date;

  /** Its tokens are good over connections of this certificate alone. */
  @Column('bytea', { name: 'certificate_thumbprint', nullable: true })
  certificateThumbprint!: Buffer | null;

  /** Its tokens are good with proofs of this key alone. */
  @Column('bytea', { name: 'dpop_jkt', nullable: true })
  dpopThumbprint!: Buffer | null;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent!: string | null;
}
