import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, type Type } from '@nestjs/common';
import { ApiBody, type ApiBodyOptions, ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, AuditedWhen, BodyLimit, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { IonqVersion } from '#pure/ionq/job-request.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Job } from '../../domain/job.js';
import { SIMULATION_EVENTS } from '../../domain/simulation.events.js';
import { SIMULATION_PERMISSIONS } from '../../domain/simulation.permissions.js';
import { type IonqJob, IonqJobs } from '../../ionq-jobs.js';
import { JOB_BYTES_MAX } from './ionq-openapi.js';
import { IONQ_STATUSES, ionqStatus } from './ionq-status.js';
import { IonqListDto, IonqStateDto } from './ionq.dto.js';

/** What the versions of the API say differently of what is the same in them. */
export interface IonqDialect<Accepted, Told> {
  readonly version: IonqVersion;
  /** The classes only describe what the functions give. */
  readonly dtos: { readonly accepted: Type<Accepted>; readonly job: Type<Told>; readonly list: Type<{ jobs: Told[]; next?: string }> };
  readonly submission: ApiBodyOptions;
  accepted(job: Job): Accepted;
  told(job: IonqJob): Told;
}

/**
 * Jobs as clients of one version of IonQ's API know them; results are the versions' own. A class for each of them: an
 * operation of OpenAPI is named by its controller, and what it gives stands in its decorators.
 */
export function ionqJobsController<Accepted, Told>({ version, dtos, submission, accepted, told }: IonqDialect<Accepted, Told>) {
  @ApiTags('ionq')
  @Controller(`ionq/${version}/jobs`)
  class IonqJobsController {
    constructor(readonly jobs: IonqJobs) {}

    @Post()
    @Requires(SIMULATION_PERMISSIONS['simulation:run'])
    @Audited(SIMULATION_EVENTS['simulation.submit'], 'transaction')
    @BodyLimit(JOB_BYTES_MAX)
    @HttpCode(200)
    @ApiOperation({ summary: 'Submit a job', description: 'Of one circuit, or of several.' })
    @ApiBody(submission)
    @ApiOkResponse({ type: dtos.accepted })
    async submit(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() idempotent: IdempotentRequest | null, @Body() body: object): Promise<Accepted> {
      return accepted(await this.jobs.submit(principal, idempotent, version, body));
    }

    @Get()
    @Requires(SIMULATION_PERMISSIONS['simulation:read'])
    @AuditedWhen(SIMULATION_EVENTS['simulation.list.across-projects'], 'group', "for who sees more than one project's; the list of one's own project is polled by scripts")
    @ApiOperation({ summary: 'List jobs, newest first', description: 'Those that were submitted here.' })
    @ApiOkResponse({ type: dtos.list })
    async list(@CurrentPrincipal() principal: Principal, @Query() { limit, next: after, status }: IonqListDto): Promise<{ jobs: Told[]; next?: string }> {
      const { items, next } = await this.jobs.list(principal, { limit, after: after ?? null }, status === undefined ? null : IONQ_STATUSES[status]!);
      return { jobs: items.map(told), ...(next === null ? {} : { next }) };
    }

    @Get(':id')
    @Requires(SIMULATION_PERMISSIONS['simulation:read'])
    @Unaudited("a poll of one's own project's simulation")
    @ApiOperation({ summary: 'See a job', description: 'Or one circuit of a job of several, by the id that the job tells.' })
    @ApiOkResponse({ type: dtos.job })
    async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<Told> {
      return told(await this.jobs.get(principal, id));
    }

    @Put(':id/status/cancel')
    @Requires(SIMULATION_PERMISSIONS['simulation:cancel'])
    @Audited(SIMULATION_EVENTS['simulation.cancel'], 'transaction')
    @ApiOperation({ summary: 'Cancel a job' })
    @ApiOkResponse({ type: IonqStateDto })
    @ApiConflictResponse({ description: 'It has ended already, or is one circuit of a job.' })
    async cancel(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqStateDto> {
      return { id, status: ionqStatus((await this.jobs.cancel(principal, id)).status, version) };
    }

    @Delete(':id')
    @Requires(SIMULATION_PERMISSIONS['simulation:cancel'])
    @Audited(SIMULATION_EVENTS['simulation.ionq.delete'], 'transaction')
    @ApiOperation({ summary: 'Delete a job that has ended', description: 'It is hidden here and its metadata are erased. As a simulation it stays, with its result and its entries in the ledger.' })
    @ApiOkResponse({ type: IonqStateDto })
    @ApiNotFoundResponse({ description: 'There is no such job, or it was deleted before.' })
    @ApiConflictResponse({ description: 'It has not ended: cancel it first. Or it is one circuit of a job.' })
    async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqStateDto> {
      await this.jobs.remove(principal, id);
      return { id, status: 'deleted' };
    }
  }
  return IonqJobsController;
}
