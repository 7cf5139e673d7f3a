import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsString, Length, Matches, MaxLength, MinLength } from 'class-validator';
import { UnlessAbsent } from '#platform/http/unless-absent.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Factor, FACTORS } from '../../domain/factor.js';
import { TOTP_CODE } from '../../domain/totp.js';
import { readAssertion } from '../../domain/webauthn-response.js';
import type { FactorProof } from '../../mfa/factor-proofs.js';
import type { FactorOverview } from '../../mfa/own-factors.js';
import type { StepUpProof } from '../../mfa/step-up.js';
import type { FactorOwed } from '../../password-login.js';
import { TokenDto } from '../auth.dto.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const TICKET = 'qlt_mX0s0bTqk1lZcXWqJ3uYF0l3oHqg2vR8nKjT5xYwEd9aBcDeF0aB';
const CHALLENGE = 'kZ2hE1mS0rGqXv7dJt4uYb9nPw3cLfA8oQ6iKeM5sTg';
const CREDENTIAL_ID = 'q83vASNFZ4mrze8BI0Vnhw';
const CODE_UNITS_MAX = 64;

/** As `PublicKeyCredential.toJSON()` gives it. */
export const ASSERTION_EXAMPLE = { id: CREDENTIAL_ID, rawId: CREDENTIAL_ID, type: 'public-key', response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0', authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ', signature: 'MEUCIQDx', userHandle: 'AZgbflxEfB6fOQ08Xh-aEA' }, clientExtensionResults: {} };
const REGISTRATION_EXAMPLE = { id: CREDENTIAL_ID, rawId: CREDENTIAL_ID, type: 'public-key', response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0', attestationObject: 'o2NmbXRkbm9uZQ', transports: ['internal'] }, clientExtensionResults: {} };

/** What came of the right password where that is not enough. */
export class MfaRequiredDto {
  @ApiProperty({ enum: [true], example: true, description: 'There is no token yet.' }) mfa_required!: true;
  @ApiProperty({ example: TICKET, description: 'For `POST /v1/auth/mfa/verify`: good once, and no credential anywhere else.' }) ticket!: string;
  @ApiProperty({ type: 'integer', example: 300, description: 'Seconds for which the ticket is good.' }) expires_in!: number;
  @ApiProperty({ enum: FACTORS, isArray: true, example: ['webauthn', 'totp', 'recovery'], description: 'What the account has; one of them is enough.' }) factors!: Factor[];
}

export function mfaRequiredDtoOf({ ticket, expiresInSeconds, factors }: FactorOwed): MfaRequiredDto {
  return { mfa_required: true, ticket, expires_in: expiresInSeconds, factors: [...factors] };
}

export class TicketDto {
  @ApiProperty({ example: TICKET, maxLength: 128, writeOnly: true, description: 'From the answer of `POST /v1/auth/login`.' })
  @IsString()
  @Length(1, 128)
  ticket!: string;
}

/** What somebody proves themselves by: `code` or `credential`, as the factor wants it. */
class ProofDto {
  @ApiPropertyOptional({ example: '492039', maxLength: CODE_UNITS_MAX, writeOnly: true, description: 'Of `totp`: six digits. Of `recovery`: one of the codes, with or without its dashes.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, CODE_UNITS_MAX)
  code?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: ASSERTION_EXAMPLE, writeOnly: true, description: 'Of `webauthn`: what `navigator.credentials.get` gave, by its `toJSON()`.' })
  @UnlessAbsent()
  @IsObject()
  credential?: Record<string, unknown>;
}

export class VerifyFactorDto extends ProofDto {
  @ApiProperty({ example: TICKET, maxLength: 128, writeOnly: true, description: 'From the answer of `POST /v1/auth/login`.' })
  @IsString()
  @Length(1, 128)
  ticket!: string;

  @ApiProperty({ enum: FACTORS, example: 'totp', description: 'One of those that the answer of the login named.' })
  @IsIn(FACTORS)
  factor!: Factor;
}

const STEP_UP_FACTORS = [...FACTORS, 'password'] as const;

export class StepUpDto extends ProofDto {
  @ApiProperty({ enum: STEP_UP_FACTORS, example: 'totp', description: '`password` where the account has no second factor: the login is fresh then, and no stronger.' })
  @IsIn(STEP_UP_FACTORS)
  factor!: (typeof STEP_UP_FACTORS)[number];

  @ApiPropertyOptional({ example: 'seven grey geese under a bridge', maxLength: 4096, writeOnly: true, description: 'Of `password`.' })
  @UnlessAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(4096)
  password?: string;
}

/** Faults name the member that the factor wants and that is not there. */
export function factorProofOf({ factor, code, credential }: ProofDto & { readonly factor: Factor }): FactorProof {
  if (factor === 'webauthn') return { factor, assertion: readAssertion(credential) };
  if (code === undefined) throw missing('/code');
  return { factor, code };
}

export function stepUpProofOf({ factor, password, ...proof }: StepUpDto): StepUpProof {
  if (factor !== 'password') return factorProofOf({ factor, ...proof });
  if (password === undefined) throw missing('/password');
  return { factor, password };
}

function missing(pointer: string): Fault {
  return Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'required');
}

export class PasskeyLoginDto {
  @ApiProperty({ type: 'object', additionalProperties: true, example: ASSERTION_EXAMPLE, writeOnly: true, description: 'What `navigator.credentials.get` gave, by its `toJSON()`.' })
  @IsObject()
  credential!: Record<string, unknown>;

  @ApiPropertyOptional({ example: 'read:data run:simulation', description: 'What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent.' })
  @UnlessAbsent()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

export class CredentialDescriptorDto {
  @ApiProperty({ enum: ['public-key'], example: 'public-key' }) type!: 'public-key';
  @ApiProperty({ example: CREDENTIAL_ID, description: 'base64url.' }) id!: string;
  @ApiProperty({ type: String, isArray: true, example: ['internal', 'hybrid'], description: 'How the authenticator is reached, as it said.' }) transports!: string[];
}

/** `PublicKeyCredentialRequestOptionsJSON` of WebAuthn Level 3. */
export class PasskeyQuestionDto {
  @ApiProperty({ example: CHALLENGE, description: 'To be signed: good once, for five minutes, for what it was asked for.' }) challenge!: string;
  @ApiProperty({ example: 'quantonium.example', description: 'The host of the public address.' }) rpId!: string;
  @ApiProperty({ type: 'integer', example: 300_000, description: 'Milliseconds.' }) timeout!: number;
  @ApiProperty({ enum: ['required'], example: 'required', description: 'The authenticator verifies its holder: a PIN, a finger, a face.' }) userVerification!: 'required';
  @ApiProperty({ type: CredentialDescriptorDto, isArray: true, example: [{ type: 'public-key', id: CREDENTIAL_ID, transports: ['internal'] }], description: 'The passkeys of the account; empty where it is not known whose they are.' }) allowCredentials!: CredentialDescriptorDto[];
}

export class NewTotpDto {
  @ApiProperty({ example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', description: 'What an application makes the codes from, in base 32: shown this once.' }) secret!: string;
  @ApiProperty({ example: 'otpauth://totp/Quantonium:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Quantonium&algorithm=SHA1&digits=6&period=30', description: 'The same as an address, for a QR code.' }) uri!: string;
}

export class ConfirmTotpDto {
  @ApiProperty({ example: '492039', pattern: TOTP_CODE.source, writeOnly: true, description: 'The code that the application shows now; it is used up by this.' })
  @Matches(TOTP_CODE, { message: 'six digits' })
  code!: string;
}

/** `PublicKeyCredentialCreationOptionsJSON` of WebAuthn Level 3. */
@ApiExtraModels(CredentialDescriptorDto)
export class PasskeyOfferDto {
  @ApiProperty({ type: 'object', properties: { id: { type: 'string', example: 'quantonium.example' }, name: { type: 'string', example: 'Quantonium' } }, required: ['id', 'name'], example: { id: 'quantonium.example', name: 'Quantonium' } }) rp!: { readonly id: string; readonly name: string };
  @ApiProperty({ type: 'object', properties: { id: { type: 'string', example: 'AZgbflxEfB6fOQ08Xh-aEA' }, name: { type: 'string', example: 'alice' }, displayName: { type: 'string', example: 'Alice Smith' } }, required: ['id', 'name', 'displayName'], example: { id: 'AZgbflxEfB6fOQ08Xh-aEA', name: 'alice', displayName: 'Alice Smith' } }) user!: { readonly id: string; readonly name: string; readonly displayName: string };
  @ApiProperty({ example: CHALLENGE, description: 'Good once, for five minutes, for this session.' }) challenge!: string;
  @ApiProperty({ type: 'array', items: { type: 'object', properties: { type: { type: 'string', example: 'public-key' }, alg: { type: 'integer', example: -7 } }, required: ['type', 'alg'] }, example: [{ type: 'public-key', alg: -7 }], description: 'COSE algorithms, the preferred first.' }) pubKeyCredParams!: { readonly type: 'public-key'; readonly alg: number }[];
  @ApiProperty({ type: 'integer', example: 300_000, description: 'Milliseconds.' }) timeout!: number;
  @ApiProperty({ type: CredentialDescriptorDto, isArray: true, example: [], description: 'Passkeys that the account has: their authenticators make no second one.' }) excludeCredentials!: CredentialDescriptorDto[];
  @ApiProperty({ type: 'object', properties: { residentKey: { type: 'string', example: 'preferred' }, userVerification: { type: 'string', example: 'required' } }, required: ['residentKey', 'userVerification'], example: { residentKey: 'preferred', userVerification: 'required' } }) authenticatorSelection!: { readonly residentKey: 'preferred'; readonly userVerification: 'required' };
  @ApiProperty({ enum: ['none'], example: 'none', description: 'Who made the authenticator is not asked.' }) attestation!: 'none';
}

export class EnrolPasskeyDto {
  @ApiProperty({ type: 'object', additionalProperties: true, example: REGISTRATION_EXAMPLE, writeOnly: true, description: 'What `navigator.credentials.create` gave, by its `toJSON()`.' })
  @IsObject()
  credential!: Record<string, unknown>;

  @ApiPropertyOptional({ example: 'The blue key', minLength: 1, maxLength: 100, description: 'What the person calls it.' })
  @UnlessAbsent()
  @IsString()
  @Length(1, 100)
  @Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'text without control characters' })
  label?: string;
}

export class EnrolledPasskeyDto extends TokenDto {
  @ApiProperty({ format: 'uuid', example: ID }) passkeyId!: string;
}

export class RecoveryCodesDto {
  @ApiProperty({ type: String, isArray: true, example: ['4x7k-90qd-m3vf-t81a'], description: 'Ten, each good once; shown this once, and in the place of those of before.' }) codes!: string[];
}

export class PasskeyDto {
  @ApiProperty({ format: 'uuid', example: ID }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'The blue key' }) label!: string | null;
  @ApiProperty({ example: true, description: 'Whether its private key may be copied to other devices of the person.' }) synced!: boolean;
  @ApiProperty({ format: 'date-time', example: '2026-11-22T06:00:00.000Z' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null }) lastUsedAt!: string | null;
}

export class OwnFactorsDto {
  @ApiProperty({ enum: FACTORS, isArray: true, example: ['webauthn', 'recovery'], description: 'What a login asks for beside the password; empty: nothing.' }) factors!: Factor[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null, description: 'Since when there is a generator of codes.' }) totpSince!: string | null;
  @ApiProperty({ type: PasskeyDto, isArray: true, example: [{ id: ID, label: 'The blue key', synced: true, createdAt: '2026-11-22T06:00:00.000Z', lastUsedAt: null }] }) passkeys!: PasskeyDto[];
  @ApiProperty({ type: 'integer', example: 9 }) recoveryCodesLeft!: number;
}

export function ownFactorsDtoOf({ factors, totpSince, passkeys, recoveryCodesLeft }: FactorOverview): OwnFactorsDto {
  return {
    factors: [...factors],
    totpSince: totpSince?.toISOString() ?? null,
    passkeys: passkeys.map(({ id, label, synced, createdAt, lastUsedAt }) => ({ id, label, synced, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null })),
    recoveryCodesLeft,
  };
}
