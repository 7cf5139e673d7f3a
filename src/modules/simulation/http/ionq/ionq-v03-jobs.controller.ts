import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, AuditedWhen, BodyLimit, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import { IONQ_BACKEND } from '#pure/ionq/job-request.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_EVENTS } from '../../domain/simulation.events.js';
import { SIMULATION_PERMISSIONS } from '../../domain/simulation.permissions.js';
import { type IonqJob, IonqJobs } from '../../ionq-jobs.js';
import { JOB_BYTES_MAX, PROBABILITIES, V03_JOB } from './ionq-openapi.js';
import { IONQ_STATUSES, ionqStatus } from './ionq-status.js';
import { IonqListDto, IonqResultsDto, IonqStateDto, IonqV03AcceptedDto, IonqV03JobDto, IonqV03ListDto } from './ionq.dto.js';

const VERSION = 'v0.3';

/** Jobs as clients of IonQ's API v0.3 know them: cirq-ionq up to 1.6, qiskit-ionq up to 0.5. */
@ApiTags('ionq')
@Controller('ionq/v0.3/jobs')
export class IonqV03JobsController {
  constructor(private readonly jobs: IonqJobs) {}

  @Post()
  @Requires(SIMULATION_PERMISSIONS['simulation:run'])
  @Audited(SIMULATION_EVENTS['simulation.submit'], 'transaction')
  @BodyLimit(JOB_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation({ summary: 'Submit a job' })
  @ApiBody(V03_JOB)
  @ApiOkResponse({ type: IonqV03AcceptedDto })
  async submit(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() idempotent: IdempotentRequest | null, @Body() body: object): Promise<IonqV03AcceptedDto> {
    const job = await this.jobs.submit(principal, idempotent, VERSION, body);
    return { id: job.id, status: ionqStatus(job.status, VERSION), request: seconds(job.createdAt) };
  }

  @Get()
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @AuditedWhen(SIMULATION_EVENTS['simulation.list.across-projects'], 'group', "for who sees more than one project's; the list of one's own project is polled by scripts")
  @ApiOperation({ summary: 'List jobs, newest first', description: 'Those that were submitted here.' })
  @ApiOkResponse({ type: IonqV03ListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, next: after, status }: IonqListDto): Promise<IonqV03ListDto> {
    const { items, next } = await this.jobs.list(principal, { limit, after: after ?? null }, status === undefined ? null : IONQ_STATUSES[status]!);
    return { jobs: items.map(jobDto), ...(next === null ? {} : { next }) };
  }

  @Get(':id')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a poll of one's own project's simulation")
  @ApiOperation({ summary: 'See a job' })
  @ApiOkResponse({ type: IonqV03JobDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqV03JobDto> {
    return jobDto(await this.jobs.get(principal, id));
  }

  @Get(':id/results')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the probabilities' })
  @ApiOkResponse(PROBABILITIES)
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async results(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() _: IonqResultsDto): Promise<Record<string, number>> {
    return this.jobs.probabilities(principal, id);
  }

  @Put(':id/status/cancel')
  @Requires(SIMULATION_PERMISSIONS['simulation:cancel'])
  @Audited(SIMULATION_EVENTS['simulation.cancel'], 'transaction')
  @ApiOperation({ summary: 'Cancel a job' })
  @ApiOkResponse({ type: IonqStateDto })
  @ApiConflictResponse({ description: 'It has ended already.' })
  async cancel(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqStateDto> {
    return { id, status: ionqStatus((await this.jobs.cancel(principal, id)).status, VERSION) };
  }

  @Delete(':id')
  @Requires(SIMULATION_PERMISSIONS['simulation:cancel'])
  @Audited(SIMULATION_EVENTS['simulation.ionq.delete'], 'transaction')
  @ApiOperation({ summary: 'Delete a job that has ended', description: 'It is hidden here and its metadata are erased. As a simulation it stays, with its result and its entries in the ledger.' })
  @ApiOkResponse({ type: IonqStateDto })
  @ApiNotFoundResponse({ description: 'There is no such job, or it was deleted before.' })
  @ApiConflictResponse({ description: 'It has not ended: cancel it first.' })
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqStateDto> {
    await this.jobs.remove(principal, id);
    return { id, status: 'deleted' };
  }
}

const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000);

function jobDto({ job, record: { qubits, metadata, registers } }: IonqJob): IonqV03JobDto {
  const { id, name, shots, seed, createdAt, startedAt, finishedAt, status, error } = job;
  return {
    ...{ id, status: ionqStatus(status, VERSION), name, target: IONQ_BACKEND, noise: { model: 'ideal', seed }, metadata },
    ...(registers === null ? {} : { registers }),
    ...{ shots, qubits, circuits: 1, cost_usd: 0, request: seconds(createdAt) },
    ...(startedAt === null ? {} : { start: seconds(startedAt) }),
    ...(finishedAt === null ? {} : { response: seconds(finishedAt) }),
    ...(startedAt === null || finishedAt === null ? {} : { execution_time: finishedAt.getTime() - startedAt.getTime() }),
    ...(status === 'succeeded' ? { results_url: `/${VERSION}/jobs/${id}/results` } : {}),
    // Only where it failed: clients look into it wherever it is.
    ...(error === null ? {} : { failure: { error: error.detail, code: error.code } }),
  };
}
