import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { RequestId } from '#platform/http/parameters.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';

const TRANSIT_MOUNT = { type: 'transit', description: 'keys of projects', accessor: 'transit', local: false, seal_wrap: false, options: null, config: { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false } };
const MOUNTS = { 'transit/': TRANSIT_MOUNT };

/** The parts of Vault's system backend that clients of a transit engine look at. */
@ApiTags('sys')
@ApiBearerAuth()
@Controller('v1/sys')
export class SysController {
  @Get('mounts')
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('what is mounted is the same for everybody')
  @ApiOperation({ summary: 'List mounts', description: 'One transit engine, and no way to mount another.' })
  @ApiOkResponse({ schema: { type: 'object', example: { data: MOUNTS } } })
  mounts(@RequestId() requestId: string): VaultEnvelope & typeof MOUNTS {
    // Its clients of long ago read the members of `data` beside it.
    return { ...vaultAnswer(requestId, { data: MOUNTS }), ...MOUNTS };
  }
}
