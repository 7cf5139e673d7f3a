import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { formatScopes } from '../../domain/scope-request.js';
import { formatUserCode } from '../../domain/user-code.js';
import { DEVICE_CODE_SECONDS, type DeviceCodes, POLL_INTERVAL_SECONDS } from '../../oauth/device-codes.js';
import type { TokenStanding } from '../../oauth/token-standing.js';

const ID = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const SECRET = 'qcs_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK';
const ACCESS_TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** What a client shows of itself in a form. The forms are read by `parseForm`, not by the validation pipe. */
export class ClientFormDto {
  @ApiPropertyOptional({ example: ID, description: 'The id of the service account or of the client; `quantonium-cli` for the product’s own. Not needed where another field or the Authorization header says it.' }) client_id?: string;
  @ApiPropertyOptional({ example: SECRET, writeOnly: true, description: 'A secret of the service account; or send both as `Authorization: Basic`.' }) client_secret?: string;
  @ApiPropertyOptional({ example: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', description: 'With client_assertion.' }) client_assertion_type?: string;
  @ApiPropertyOptional({ example: ACCESS_TOKEN, writeOnly: true, description: 'RFC 7523: signed by a key of the service account, for this issuer alone, at most 300 s ahead, good once.' }) client_assertion?: string;
}

export class TokenFormDto extends ClientFormDto {
  @ApiProperty({ enum: ['client_credentials', 'refresh_token', DEVICE_GRANT], example: 'client_credentials' }) grant_type!: string;
  @ApiPropertyOptional({ example: 'read:data run:simulation', description: 'Of client_credentials and refresh_token; everything when absent.' }) scope?: string;
  @ApiPropertyOptional({ example: 'qrt_7mYbP0s0bTqk1lZcXWqJ3uYF0l3oHqg2vR8nKjT5xYwEd9aBcDeF', writeOnly: true, description: 'Of the grant refresh_token.' }) refresh_token?: string;
  @ApiPropertyOptional({ example: 'qdc_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', writeOnly: true, description: `Of the grant ${DEVICE_GRANT}.` }) device_code?: string;
}

export class TokenQuestionDto extends ClientFormDto {
  @ApiProperty({ example: ACCESS_TOKEN, writeOnly: true }) token!: string;
  @ApiPropertyOptional({ example: 'access_token', description: 'Not needed: every token says by its beginning what it is.' }) token_type_hint?: string;
}

export class DeviceFormDto {
  @ApiProperty({ example: 'quantonium-cli' }) client_id!: string;
  @ApiPropertyOptional({ example: 'read:data run:simulation', description: 'Everything that the client may have when absent.' }) scope?: string;
}

/** RFC 8628 §3.2. */
export class DeviceCodesDto {
  @ApiProperty({ example: 'qdc_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gNdYcUIgK', description: 'A secret of the device.' }) device_code!: string;
  @ApiProperty({ example: 'WDJB-MJHT', description: 'What the person types.' }) user_code!: string;
  @ApiProperty({ format: 'uri', example: 'https://quantonium.example/device' }) verification_uri!: string;
  @ApiProperty({ format: 'uri', example: 'https://quantonium.example/device?user_code=WDJB-MJHT' }) verification_uri_complete!: string;
  @ApiProperty({ type: 'integer', example: DEVICE_CODE_SECONDS, description: 'Seconds.' }) expires_in!: number;
  @ApiProperty({ type: 'integer', example: POLL_INTERVAL_SECONDS, description: 'Seconds between two polls; five more with each `slow_down`.' }) interval!: number;
}

export function deviceCodesDtoOf({ deviceCode, userCode }: DeviceCodes, publicUrl: string): DeviceCodesDto {
  const shown = formatUserCode(userCode);
  return { device_code: deviceCode, user_code: shown, verification_uri: `${publicUrl}/device`, verification_uri_complete: `${publicUrl}/device?user_code=${shown}`, expires_in: DEVICE_CODE_SECONDS, interval: POLL_INTERVAL_SECONDS };
}

class ConfirmationDto {
  @ApiPropertyOptional({ example: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0', description: 'RFC 8705: over connections of this certificate alone.' }) 'x5t#S256'?: string;
  @ApiPropertyOptional({ example: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', description: 'RFC 9449: with proofs of this key alone.' }) jkt?: string;
}

/** RFC 7662 §2.2. Of a token that is not good, or none of the asker's business, there is `active: false` and nothing else. */
export class StandingDto {
  @ApiProperty({ example: true }) active!: boolean;
  @ApiPropertyOptional({ enum: ['Bearer', 'DPoP', 'refresh_token', 'api_key'], example: 'Bearer' }) token_type?: string;
  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'The principal.' }) sub?: string;
  @ApiPropertyOptional({ enum: ['user', 'service'], example: 'service' }) sub_type?: string;
  @ApiPropertyOptional({ example: ID }) client_id?: string;
  @ApiPropertyOptional({ example: 'read:data run:simulation' }) scope?: string;
  @ApiPropertyOptional({ format: 'uuid', example: ID, description: 'The one project that it is for.' }) prj?: string;
  @ApiPropertyOptional({ format: 'uri', example: 'https://quantonium.example' }) iss?: string;
  @ApiPropertyOptional({ format: 'uri', example: 'https://quantonium.example' }) aud?: string;
  @ApiPropertyOptional({ format: 'uuid', example: ID }) jti?: string;
  @ApiPropertyOptional({ enum: ['aal1', 'aal2', 'aal3'], example: 'aal1' }) acr?: string;
  @ApiPropertyOptional({ type: 'integer', example: 1_795_327_200 }) auth_time?: number;
  @ApiPropertyOptional({ type: 'integer', example: 1_795_327_200 }) iat?: number;
  @ApiPropertyOptional({ type: 'integer', example: 1_795_327_200 }) nbf?: number;
  @ApiPropertyOptional({ type: 'integer', example: 1_795_327_800 }) exp?: number;
  @ApiPropertyOptional({ type: ConfirmationDto, description: 'What it is bound to; whoever takes the token has to check that.' }) cnf?: ConfirmationDto;
}

export function standingDtoOf(standing: TokenStanding | null): StandingDto {
  if (standing === null) return { active: false };
  if (standing.kind === 'api-key') {
    return { active: true, token_type: 'api_key', sub: standing.subject, sub_type: standing.subjectKind, scope: formatScopes(standing.scopes), ...(standing.projectId === null ? {} : { prj: standing.projectId }) };
  }
  if (standing.kind === 'refresh') {
    const { subject, subjectKind, clientId, scopes, expiresAt } = standing;
    return { active: true, token_type: 'refresh_token', sub: subject, sub_type: subjectKind, ...(clientId === null ? {} : { client_id: clientId }), scope: formatScopes(scopes), exp: Math.floor(expiresAt.getTime() / 1000) };
  }
  const { claims } = standing;
  return {
    active: true,
    token_type: claims.confirmation?.kind === 'dpop' ? 'DPoP' : 'Bearer',
    sub: claims.subject,
    sub_type: claims.subjectKind,
    client_id: claims.clientId,
    scope: formatScopes(claims.scopes),
    ...(claims.projectId === null ? {} : { prj: claims.projectId }),
    iss: claims.issuer,
    aud: claims.audience,
    jti: claims.tokenId,
    acr: claims.assurance,
    auth_time: claims.authenticatedAtSeconds,
    iat: claims.issuedAtSeconds,
    nbf: claims.notBeforeSeconds,
    exp: claims.expiresAtSeconds,
    ...(claims.confirmation === null ? {} : { cnf: claims.confirmation.kind === 'dpop' ? { jkt: claims.confirmation.thumbprint } : { 'x5t#S256': claims.confirmation.thumbprint } }),
  };
}
