import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { REGISTRY_EVENTS } from '#modules/registry/index.js';
import { BodyLimit, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_PERMISSIONS } from '../domain/simulation.permissions.js';
import { Estimation } from '../estimation.js';
import { EstimateDto, estimateDto } from './estimate.dto.js';
import { SUBMISSION_BYTES_MAX, SubmitSimulationDto } from './submit-simulation.dto.js';

/** What a simulation would take, before anything is spent. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations/estimate')
export class EstimateController {
  constructor(private readonly estimation: Estimation) {}

  @Post()
  @Requires(SIMULATION_PERMISSIONS['simulation:run'])
  @Unaudited('it makes nothing and tells nothing but what follows from the request itself', [REGISTRY_EVENTS['registry.manifest.pull']])
  @BodyLimit(SUBMISSION_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Estimate a simulation',
    description: 'Takes the body of a submission and says what it would take. It makes no job and costs no units; a program counts against the rate limit of requests once for each 16 KiB. What is wrong with it is refused as the submission would be, but that it is too large is told: `fits` is false then.',
  })
  @ApiOkResponse({ type: EstimateDto })
  @ApiNotFoundResponse({ description: 'There is no such project, or no such artifact, that you may see.' })
  async estimate(@CurrentPrincipal() principal: Principal, @Body() { program, ...rest }: SubmitSimulationDto): Promise<EstimateDto> {
    return estimateDto(await this.estimation.estimate(principal, { ...program, ...rest }));
  }
}
