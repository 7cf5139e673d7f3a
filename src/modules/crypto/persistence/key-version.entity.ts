import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KeyPurpose, KeyState, SignatureAlgorithmName } from '../domain/key-version.js';

/**
 * `crypto.key_version` itself is out of every login's reach. Each sees a view of it: all logins the public columns,
 * the application the whole rows of what the api holds, the sequencer of what the ledger holds. The views take
 * inserts, and their CHECK OPTION refuses a row of the other side.
 */
abstract class PublicColumns {
  @PrimaryColumn('text') id!: string;
  @Column('text') purpose!: KeyPurpose;
  @Column('integer') version!: number;
  @Column('text') algorithm!: SignatureAlgorithmName;
  @Column('text') state!: KeyState;
  @Column('bytea', { name: 'public_key' }) publicKey!: Buffer;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'state_since' }) stateSince!: Date;
}

abstract class WrappedColumns extends PublicColumns {
  @Column('bytea', { name: 'wrapped_private_key' }) wrappedPrivateKey!: Buffer;
  @Column('bytea') nonce!: Buffer;
}

@Entity({ schema: 'crypto', name: 'public_key_version', synchronize: false })
export class PublicKeyVersionRow extends PublicColumns {}

@Entity({ schema: 'crypto', name: 'api_key_version', synchronize: false })
export class ApiKeyVersionRow extends WrappedColumns {}

@Entity({ schema: 'crypto', name: 'ledger_key_version', synchronize: false })
export class LedgerKeyVersionRow extends WrappedColumns {}
