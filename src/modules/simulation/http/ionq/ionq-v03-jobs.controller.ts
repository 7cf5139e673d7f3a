import { Get, Param, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { IonqResults } from '#pure/ionq/job-answers.js';
import { IONQ_BACKEND } from '#pure/ionq/job-request.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_PERMISSIONS } from '../../domain/simulation.permissions.js';
import type { IonqJob } from '../../ionq-jobs.js';
import { type IonqDialect, ionqJobsController } from './ionq-jobs.controller.js';
import { PROBABILITIES, V03_JOB } from './ionq-openapi.js';
import { failureOf, ionqStatus } from './ionq-status.js';
import { IonqResultsDto, IonqV03AcceptedDto, IonqV03JobDto, IonqV03ListDto } from './ionq.dto.js';

const VERSION = 'v0.3';

const DIALECT: IonqDialect<IonqV03AcceptedDto, IonqV03JobDto> = {
  version: VERSION,
  dtos: { accepted: IonqV03AcceptedDto, job: IonqV03JobDto, list: IonqV03ListDto },
  submission: V03_JOB,
  accepted: ({ id, status, createdAt }) => ({ id, status: ionqStatus(status, VERSION), request: seconds(createdAt) }),
  told: jobDto,
};

/** Jobs as clients of IonQ's API v0.3 know them: cirq-ionq up to 1.6, qiskit-ionq up to 0.5. */
export class IonqV03JobsController extends ionqJobsController(DIALECT) {
  @Get(':id/results')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the probabilities' })
  @ApiOkResponse(PROBABILITIES)
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async results(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() _: IonqResultsDto): Promise<IonqResults> {
    return this.jobs.probabilities(principal, id);
  }
}

const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000);

function jobDto({ job, record, circuit }: IonqJob): IonqV03JobDto {
  const { shots, seed, createdAt, startedAt, finishedAt, status, error } = job;
  const { id, name, registers } = circuit ?? { id: job.id, name: job.name, registers: record.registers };
  const children = circuit === null ? record.circuits : null;
  return {
    ...{ id, status: ionqStatus(status, VERSION), name, target: IONQ_BACKEND, noise: { model: 'ideal', seed }, metadata: record.metadata },
    ...(registers === null ? {} : { registers }),
    ...{ shots, qubits: record.qubits, circuits: children?.length ?? 1, cost_usd: 0, request: seconds(createdAt) },
    ...(children === null ? {} : { children: children.map((child) => child.id) }),
    ...(startedAt === null ? {} : { start: seconds(startedAt) }),
    ...(finishedAt === null ? {} : { response: seconds(finishedAt) }),
    ...(startedAt === null || finishedAt === null ? {} : { execution_time: finishedAt.getTime() - startedAt.getTime() }),
    ...(status === 'succeeded' ? { results_url: `/${VERSION}/jobs/${id}/results` } : {}),
    ...failureOf(error),
  };
}
