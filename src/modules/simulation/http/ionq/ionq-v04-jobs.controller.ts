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
import { PROBABILITIES, V04_JOB } from './ionq-openapi.js';
import { failureOf, ionqStatus } from './ionq-status.js';
import { IonqResultsDto, IonqV04AcceptedDto, IonqV04JobDto, IonqV04ListDto } from './ionq.dto.js';

const VERSION = 'v0.4';

const DIALECT: IonqDialect<IonqV04AcceptedDto, IonqV04JobDto> = {
  version: VERSION,
  dtos: { accepted: IonqV04AcceptedDto, job: IonqV04JobDto, list: IonqV04ListDto },
  submission: V04_JOB,
  accepted: ({ id, status }) => ({ id, status: ionqStatus(status, VERSION), session_id: null }),
  told: jobDto,
};

/** Jobs as clients of IonQ's API v0.4 know them: cirq-ionq from 1.7, qiskit-ionq from 1.0. */
export class IonqV04JobsController extends ionqJobsController(DIALECT) {
  @Get(':id/results/probabilities')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the probabilities' })
  @ApiOkResponse(PROBABILITIES)
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async probabilities(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() _: IonqResultsDto): Promise<IonqResults> {
    return this.jobs.probabilities(principal, id);
  }

  @Get(':id/results/probabilities/aggregated')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the probabilities of several circuits', description: 'The same as without the last word: clients add it where they have submitted several, and do not always know.' })
  @ApiOkResponse(PROBABILITIES)
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async aggregated(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() _: IonqResultsDto): Promise<IonqResults> {
    return this.jobs.probabilities(principal, id);
  }
}

function jobDto({ job, record, circuit }: IonqJob): IonqV04JobDto {
  const { shots, seed, createdAt, startedAt, finishedAt, status, error } = job;
  const { qubits, metadata } = record;
  const { id, name } = circuit ?? job;
  const children = circuit === null ? record.circuits : null;
  const probabilities = `/${VERSION}/jobs/${id}/results/probabilities${children === null ? '' : '/aggregated'}`;
  return {
    ...{ id, status: ionqStatus(status, VERSION), type: children === null ? 'ionq.circuit.v1' : 'ionq.multi-circuit.v1', backend: IONQ_BACKEND, dry_run: false },
    ...{ submitter_id: job.submittedBy, project_id: job.projectId, session_id: null, name, metadata, shots, noise: { model: 'ideal', seed } },
    ...(children === null ? {} : { child_job_ids: children.map((child) => child.id) }),
    ...(circuit === null ? {} : { parent_job_id: job.id }),
    stats: { qubits, circuits: children?.length ?? 1 },
    submitted_at: createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    completed_at: finishedAt?.toISOString() ?? null,
    execution_duration_ms: startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime(),
    results: status === 'succeeded' ? { probabilities: { url: probabilities } } : null,
    ...failureOf(error),
  };
}
