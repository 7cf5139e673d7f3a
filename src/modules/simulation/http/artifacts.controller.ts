import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiCreatedResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { REGISTRY_EVENTS, REGISTRY_PERMISSIONS } from '#modules/registry/index.js';
import { Audited, Requires } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_EVENTS } from '../domain/simulation.events.js';
import { SimulationArtifacts } from '../simulation-artifacts.js';
import { PushSimulationDto, SimulationArtifactDto, simulationArtifactDto } from './artifact.dto.js';

/** What the registry records of a push, for the circuit as for the simulation. */
const PUSHED = (['registry.blob.push', 'registry.blob.mount', 'registry.manifest.push', 'registry.manifest.pull', 'registry.manifest.evaluate', 'registry.tag.move'] as const).map((code) => REGISTRY_EVENTS[code]);

/** From simulations to the registry. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations')
export class ArtifactsController {
  constructor(private readonly artifacts: SimulationArtifacts) {}

  @Post(':id/artifacts')
  @Requires(REGISTRY_PERMISSIONS['registry:push'])
  @Audited(SIMULATION_EVENTS['simulation.artifact.push'], 'transaction', PUSHED)
  @ApiOperation({
    summary: 'Push a simulation',
    description: 'Makes an OCI artifact of one that has succeeded: its result, its receipt and a drawing of its circuit, with the circuit as the subject, so that the referrers of a circuit are its simulations. It takes `simulation:read` of the simulation, and `registry:push` in the project of the repository. A circuit that the repository has not got is pushed, or copied from where it was named, first. Asked for again, it pushes the same artifact.',
  })
  @ApiCreatedResponse({
    type: SimulationArtifactDto, description: 'It is there.',
    headers: { Location: { description: 'The manifest, for clients of the registry.', schema: { type: 'string', example: '/v2/default/circuits/bell/manifests/sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' } } },
  })
  @ApiNotFoundResponse({ description: 'There is no such simulation, or no such project, that you may see; or the circuit that it named is not in the registry any more.' })
  @ApiConflictResponse({ description: 'It has not ended, ended without a result, has no receipt yet, or is of several programs.' })
  async push(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Body() { repository, tag }: PushSimulationDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<SimulationArtifactDto> {
    const pushed = await this.artifacts.push(principal, id, { repository, tag: tag ?? null });
    void reply.header('Location', `/v2/${repository}/manifests/${pushed.manifest.digest}`);
    return simulationArtifactDto(pushed);
  }
}
