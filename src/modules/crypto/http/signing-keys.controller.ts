import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { KEY_PURPOSE_NAMES, KEY_PURPOSES, type KeyPurpose } from '../domain/key-version.js';
import { type SigningKeyRecord, SigningKeys } from '../signing-keys.js';
import { RevokeSigningKeyDto, SigningKeyDto, signingKeyDto, SigningKeyListDto } from './signing-keys.dto.js';

const PURPOSE = { name: 'purpose', schema: { type: 'string', enum: [...KEY_PURPOSE_NAMES], example: 'jwt' } } as const;
const REFUSED = { description: 'The keys of this purpose are pinned by others, are changed by another kind of process, or are not in a state that allows it.' } as const;

/** The server's own signing keys: seen, replaced, and revoked in an emergency. Of the whole server, so of no project. */
@ApiTags('signing keys')
@ApiBearerAuth()
@Controller('v1/keys/signing')
export class SigningKeysController {
  constructor(
    private readonly keys: SigningKeys,
    private readonly policy: PolicyDecision,
    private readonly log: AuditLog,
  ) {}

  @Get()
  @Requires(CRYPTO_PERMISSIONS['signing-keys:read'])
  @Unaudited('public keys and their states: no secret is shown')
  @ApiOperation({ summary: "List the server's signing keys", description: 'Every version of every purpose, the revoked too.' })
  @ApiOkResponse({ type: SigningKeyListDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<SigningKeyListDto> {
    await this.policy.require(principal, CRYPTO_PERMISSIONS['signing-keys:read'], null);
    return { items: (await this.keys.list()).map(signingKeyDto) };
  }

  @Post(':purpose/announce')
  @Requires(CRYPTO_PERMISSIONS['signing-keys:rotate'])
  @Audited(CRYPTO_EVENTS['crypto.signing-key.announce'], 'transaction')
  @ApiOperation({ summary: 'Announce the next version', description: 'Published so that whoever verifies knows it. It signs once it is rotated to: by hand, or by schedule an hour later.' })
  @ApiParam(PURPOSE)
  @ApiCreatedResponse({ type: SigningKeyDto })
  @ApiConflictResponse(REFUSED)
  @ApiNotFoundResponse({ description: 'There is no such purpose.' })
  async announce(@CurrentPrincipal() principal: Principal, @Param('purpose') purpose: string): Promise<SigningKeyDto> {
    const permitted = await this.permitted(principal, CRYPTO_PERMISSIONS['signing-keys:rotate'], purpose);
    return signingKeyDto(await this.keys.announce(principal, permitted, this.record));
  }

  @Post(':purpose/rotate')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['signing-keys:rotate'])
  @Audited(CRYPTO_EVENTS['crypto.signing-key.rotate'], 'transaction', [CRYPTO_EVENTS['crypto.signing-key.announce']])
  @ApiOperation({ summary: 'Rotate', description: 'The version that was announced signs from now on, or else a new one that nobody has heard of: who keeps the published keys for a while refuses it so long.' })
  @ApiParam(PURPOSE)
  @ApiOkResponse({ type: SigningKeyDto, description: 'The version that signs now.' })
  @ApiConflictResponse(REFUSED)
  @ApiNotFoundResponse({ description: 'There is no such purpose.' })
  async rotate(@CurrentPrincipal() principal: Principal, @Param('purpose') purpose: string): Promise<SigningKeyDto> {
    const permitted = await this.permitted(principal, CRYPTO_PERMISSIONS['signing-keys:rotate'], purpose);
    return signingKeyDto(await this.keys.rotate(principal, permitted, this.record));
  }

  @Post(':purpose/:keyId/revoke')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['signing-keys:revoke'])
  @Audited(CRYPTO_EVENTS['crypto.signing-key.revoke'], 'transaction', [CRYPTO_EVENTS['crypto.signing-key.announce'], CRYPTO_EVENTS['crypto.signing-key.rotate']])
  @ApiOperation({ summary: 'Revoke a version', description: 'For emergencies: from now on, on every replica, nothing that it signed is good. Of access tokens that is everybody who is logged in. Where it signs, its successor does from the same moment on.' })
  @ApiParam(PURPOSE)
  @ApiParam({ name: 'keyId', example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U' })
  @ApiOkResponse({ type: SigningKeyDto, description: 'The version, revoked.' })
  @ApiConflictResponse(REFUSED)
  @ApiNotFoundResponse({ description: 'There is no such purpose, or no such version of it.' })
  async revoke(@CurrentPrincipal() principal: Principal, @Param('purpose') purpose: string, @Param('keyId') keyId: string, @Body() { reason }: RevokeSigningKeyDto): Promise<SigningKeyDto> {
    const permitted = await this.permitted(principal, CRYPTO_PERMISSIONS['signing-keys:revoke'], purpose);
    const record: SigningKeyRecord = async (tx, deed) => {
      const personal = deed.change === 'revoke' ? { personal: { subject: principal.id, note: reason } } : {};
      await this.log.append(tx, { ...SigningKeys.event(deed), ...personal });
    };
    return signingKeyDto(await this.keys.revoke(principal, permitted, keyId, record));
  }

  private readonly record: SigningKeyRecord = async (tx, deed) => void (await this.log.append(tx, SigningKeys.event(deed)));

  /** The purpose, if its keys can be changed here: an api process has no login to those of the ledger, also where it is one itself. */
  private async permitted(principal: Principal, permission: Permission, purpose: string): Promise<KeyPurpose> {
    await this.policy.require(principal, permission, null);
    const known = KEY_PURPOSE_NAMES.find((name) => name === purpose);
    if (known === undefined) throw new Fault(REQUEST_FAULTS['not-found']);
    const { holder, succession } = KEY_PURPOSES[known];
    if (holder === 'api') return known;
    const otherwise = succession.kind === 'identity' ? 'They are the identity of the log: not rotated, and replaced where one is revoked.' : 'They are rotated by schedule in the processes with the role ledger.';
    throw new Fault(CRYPTO_FAULTS['signing-key-held-elsewhere'], { detail: `The ${known} keys are the ledger's, which no request reaches. ${otherwise} To revoke one, run: npm run revoke-signing-key -- ${known} <kid>` });
  }
}
