import { Body, Controller, Get, HttpCode, Param, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExpectedVersion } from '#platform/database/expected-version.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { etagOf, RequiredIfMatch } from '#platform/http/if-match.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { REGISTRY_PERMISSIONS } from '../domain/registry.permissions.js';
import type { VersionedPolicy } from '../domain/registry-policy.js';
import { ProjectPolicies } from '../governance/project-policies.js';
import { RegistryPolicyDto, registryPolicyDto, SetRegistryPolicyDto } from './registry-policy.dto.js';

@ApiTags('registry')
@ApiBearerAuth()
@Controller('v1/registry/projects/:id/policy')
export class RegistryPolicyController {
  constructor(private readonly policies: ProjectPolicies) {}

  @Get()
  @Requires(REGISTRY_PERMISSIONS['registry:pull'])
  @Unaudited('what is demanded of images is told to everybody who pulls them')
  @ApiOperation({ summary: 'What a project demands of its images', description: 'Until somebody says otherwise, nothing: its mode is `off`.' })
  @ApiOkResponse({ type: RegistryPolicyDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<RegistryPolicyDto> {
    return shown(await this.policies.get(principal, id), reply);
  }

  @Put()
  @HttpCode(200)
  @Requires(REGISTRY_PERMISSIONS['registry:govern'])
  @Audited(REGISTRY_EVENTS['registry.policy.update'], 'transaction')
  @ApiOperation({ summary: 'Change what a project demands of its images', description: 'What was verified under the former policy counts as quarantined until it was held against this one, which happens by itself.' })
  @ApiOkResponse({ type: RegistryPolicyDto })
  async set(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @RequiredIfMatch() expected: ExpectedVersion,
    @Body() wanted: SetRegistryPolicyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegistryPolicyDto> {
    return shown(await this.policies.set(principal, id, expected, wanted), reply);
  }
}

function shown(policy: VersionedPolicy, reply: FastifyReply): RegistryPolicyDto {
  void reply.header('ETag', etagOf(policy));
  return registryPolicyDto(policy);
}
