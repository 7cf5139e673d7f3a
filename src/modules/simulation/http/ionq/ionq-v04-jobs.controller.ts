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
import { JOB_BYTES_MAX, PROBABILITIES, V04_JOB } from './ionq-openapi.js';
import { IONQ_STATUSES, ionqStatus } from './ionq-status.js';
import { IonqListDto, IonqResultsDto, IonqStateDto, IonqV04AcceptedDto, IonqV04JobDto, IonqV04ListDto } from './ionq.dto.js';

const VERSION = 'v0.4';

/** Jobs as clients of IonQ's API v0.4 know them: cirq-ionq from 1.7, qiskit-ionq from 1.0. */
@ApiTags('ionq')
@Controller('ionq/v0.4/jobs')
export class IonqV04JobsController {
  constructor(private readonly jobs: IonqJobs) {}

  @Post()
  @Requires(SIMULATION_PERMISSIONS['simulation:run'])
  @Audited(SIMULATION_EVENTS['simulation.submit'], 'transaction')
  @BodyLimit(JOB_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation({ summary: 'Submit a job' })
  @ApiBody(V04_JOB)
  @ApiOkResponse({ type: IonqV04AcceptedDto })
  async submit(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() idempotent: IdempotentRequest | null, @Body() body: object): Promise<IonqV04AcceptedDto> {
    const job = await this.jobs.submit(principal, idempotent, VERSION, body);
    return { id: job.id, status: ionqStatus(job.status, VERSION), session_id: null };
  }

  @Get()
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @AuditedWhen(SIMULATION_EVENTS['simulation.list.across-projects'], 'group', "for who sees more than one project's; the list of one's own project is polled by scripts")
  @ApiOperation({ summary: 'List jobs, newest first', description: 'Those that were submitted here.' })
  @ApiOkResponse({ type: IonqV04ListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, next: after, status }: IonqListDto): Promise<IonqV04ListDto> {
    const { items, next } = await this.jobs.list(principal, { limit, after: after ?? null }, status === undefined ? null : IONQ_STATUSES[status]!);
    return { jobs: items.map(jobDto), ...(next === null ? {} : { next }) };
  }

  @Get(':id')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a poll of one's own project's simulation")
  @ApiOperation({ summary: 'See a job' })
  @ApiOkResponse({ type: IonqV04JobDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<IonqV04JobDto> {
    return jobDto(await this.jobs.get(principal, id));
  }

  @Get(':id/results/probabilities')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the probabilities' })
  @ApiOkResponse(PROBABILITIES)
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async probabilities(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() _: IonqResultsDto): Promise<Record<string, number>> {
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

function jobDto({ job, record: { qubits, metadata } }: IonqJob): IonqV04JobDto {
  const { id, name, shots, seed, createdAt, startedAt, finishedAt, status, error } = job;
  return {
    ...{ id, status: ionqStatus(status, VERSION), type: 'ionq.circuit.v1', backend: IONQ_BACKEND, dry_run: false },
    ...{ submitter_id: job.submittedBy, project_id: job.projectId, session_id: null, name, metadata, shots, noise: { model: 'ideal', seed } },
    stats: { qubits, circuits: 1 },
    submitted_at: createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    completed_at: finishedAt?.toISOString() ?? null,
    execution_duration_ms: startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime(),
    results: status === 'succeeded' ? { probabilities: { url: `/${VERSION}/jobs/${id}/results/probabilities` } } : null,
    // Only where it failed: clients look into it wherever it is.
    ...(error === null ? {} : { failure: { error: error.detail, code: error.code } }),
  };
}
