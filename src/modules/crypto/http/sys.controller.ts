import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '#modules/audit/index.js';
import { PolicyDecision } from '#modules/rbac/index.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, RequestId } from '#platform/http/parameters.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { Seal } from '../seals/seal.js';

const TRANSIT_MOUNT = { type: 'transit', description: 'keys of projects', accessor: 'transit', local: false, seal_wrap: false, options: null, config: { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false } };
const MOUNTS = { 'transit/': TRANSIT_MOUNT };

/** The parts of Vault's system backend that clients of a transit engine look at. */
@ApiTags('sys')
@ApiBearerAuth()
@Controller('v1/sys')
export class SysController {
  constructor(
    private readonly seal: Seal,
    private readonly policy: PolicyDecision,
    private readonly log: AuditLog,
  ) {}

  @Post('seal')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['sys:seal'])
  @Audited(CRYPTO_EVENTS['crypto.seal.seal'], 'group')
  @ApiOperation({ summary: 'Seal this process', description: 'It drops its keys and refuses everything but probes until it is unsealed by shares, or started again. Other replicas go on.' })
  @ApiNoContentResponse({ description: 'Sealed.' })
  async close(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.policy.require(principal, CRYPTO_PERMISSIONS['sys:seal'], null);
    // Before: afterwards there is no key to seal an entry with.
    await this.log.record({ kind: CRYPTO_EVENTS['crypto.seal.seal'], outcome: 'success', actor: principal });
    this.seal.close();
  }

  @Get('mounts')
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('what is mounted is the same for everybody')
  @ApiOperation({ summary: 'List mounts', description: 'One transit engine, and no way to mount another.' })
  @ApiOkResponse({ schema: { type: 'object', example: { data: MOUNTS } } })
  mounts(@RequestId() requestId: string): VaultEnvelope & typeof MOUNTS {
    // Its clients of long ago read the members of `data` beside it.
    return { ...vaultAnswer(requestId, { data: MOUNTS, mountType: 'system' }), ...MOUNTS };
  }
}
