import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { KEY_PURPOSE_NAMES, type KeyPurpose, type KeyState, type SignatureAlgorithmName } from '../domain/key-version.js';
import type { PastVersion } from '../keyring-view.js';
import { publicJwk } from '../signature-algorithms.js';

const KEY_ID = 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U';

export class SigningKeyDto {
  @ApiProperty({ enum: KEY_PURPOSE_NAMES, example: 'jwt' }) purpose!: KeyPurpose;
  @ApiProperty({ example: 2, description: 'Counted within the purpose.' }) version!: number;
  @ApiProperty({ example: KEY_ID, description: 'RFC 7638 thumbprint.' }) kid!: string;
  @ApiProperty({ enum: ['ES256', 'Ed25519', 'RS256', 'ML-DSA-44'], example: 'ES256' }) algorithm!: SignatureAlgorithmName;
  @ApiProperty({ enum: ['next', 'active', 'retiring', 'revoked'], example: 'active', description: 'next is published and does not sign yet, retiring does not sign any more, revoked verifies nothing.' }) state!: KeyState;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T07:00:00.000Z', description: 'Since when it is in its state.' }) stateSince!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', alg: 'ES256', use: 'sig', kid: KEY_ID }, description: 'The public key as RFC 7517 writes it.' })
  publicJwk!: Readonly<Record<string, string>>;
}

export class SigningKeyListDto {
  @ApiProperty({ type: [SigningKeyDto] }) items!: SigningKeyDto[];
}

export class RevokeSigningKeyDto {
  @ApiProperty({ example: 'a copy of the database was left on a train', description: 'Kept in the ledger as personal data of whoever writes it.', minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  @Matches(/^[^\p{Cc}]*$/u)
  reason!: string;
}

export function signingKeyDto({ purpose, version, keyId, algorithm, state, createdAt, stateSince, publicKey }: PastVersion): SigningKeyDto {
  return {
    ...{ purpose, version, kid: keyId, algorithm, state, createdAt: createdAt.toISOString(), stateSince: stateSince.toISOString() },
    publicJwk: { ...publicJwk(algorithm, publicKey), alg: JWS_ALGORITHMS[algorithm], use: 'sig', kid: keyId },
  };
}

/** RFC 7518 §3.1, RFC 9864 §2.2, and the AKP keys of the JOSE post-quantum draft. */
const JWS_ALGORITHMS: Readonly<Record<SignatureAlgorithmName, string>> = { 'ES256': 'ES256', 'Ed25519': 'Ed25519', 'RS256': 'RS256', 'ML-DSA-44': 'ML-DSA-44' };
