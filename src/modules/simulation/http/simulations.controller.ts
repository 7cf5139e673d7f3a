import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiConflictResponse, ApiExtraModels, ApiHeader, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { REGISTRY_EVENTS } from '#modules/registry/index.js';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, AuditedWhen, BodyLimit, Requires, Unaudited } from '#platform/http/annotations.js';
import { nextLink, pageById, PagingDto } from '#platform/http/paging.dto.js';
import { LEFT_OUT, shown } from '#platform/http/shown-fields.js';
import { CurrentPrincipal, IdempotencyRequest, PreferredWaitMillis, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { Cancellation } from '../cancellation.js';
import { isFinal } from '../domain/job-status.js';
import { SIMULATION_EVENTS } from '../domain/simulation.events.js';
import { SIMULATION_PERMISSIONS } from '../domain/simulation.permissions.js';
import { JobEndings } from '../job-endings.js';
import { JobReader } from '../job-reader.js';
import { Submission } from '../submission.js';
import { BatchResultDto, ResultDto, RESULTS, ShownSimulationDto, SimulationDto, simulationDto, simulationJson, SimulationListDto } from './simulation.dto.js';
import { SUBMISSION_BYTES_MAX, SubmitSimulationDto } from './submit-simulation.dto.js';

const PATH = '/v1/simulations';

/** A result larger than this is fetched by itself: the resource is polled. */
const EMBEDDED_RESULT_BYTES_MAX = 1024 * 1024;

const JSON_TYPE = 'application/json; charset=utf-8';

/** The main job over HTTP: each handler one call of the engine, and the headers that belong to its answer. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations')
export class SimulationsController {
  constructor(
    private readonly submission: Submission,
    private readonly reader: JobReader,
    private readonly cancellation: Cancellation,
    private readonly endings: JobEndings,
  ) {}

  @Post()
  @Requires(SIMULATION_PERMISSIONS['simulation:run'])
  @Audited(SIMULATION_EVENTS['simulation.submit'], 'transaction', [REGISTRY_EVENTS['registry.manifest.pull']])
  @BodyLimit(SUBMISSION_BYTES_MAX)
  @HttpCode(202)
  @ApiOperation({ summary: 'Submit a circuit', description: 'Or several in one job: `programs`, or a `program` at the points of a `sweep`. A program is sent as text, or named as an artifact of the registry by its digest, which takes `registry:pull` there. It is run on as many workers as there are, and has one result, which does not depend on how many they were.' })
  @ApiHeader({ name: 'Prefer', required: false, schema: { type: 'string', example: 'wait=5' }, description: '`wait=N`: answer with the finished simulation if it takes less than N seconds (60 at most).' })
  @ApiAcceptedResponse({ type: SimulationDto, description: 'Queued; `Location` is where to ask.', headers: { Warning: { description: 'Of a circuit in the registry that is given out all the same: deprecated, or not released.', schema: { type: 'string', example: '299 - "The manifest is deprecated: the angle is wrong"' } } } })
  @ApiNotFoundResponse({ description: 'There is no such project, or no such artifact, that you may see.' })
  @ApiOkResponse({ type: SimulationDto, description: 'It has ended within the time that `Prefer` gave.' })
  async submit(
    @CurrentPrincipal() principal: Principal,
    @IdempotencyRequest() idempotent: IdempotentRequest | null,
    @PreferredWaitMillis() waitMillis: number,
    @Body() body: SubmitSimulationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SimulationDto | Buffer> {
    const { program, ...rest } = body;
    const job = await this.submission.submit(principal, idempotent, { ...program, ...rest });
    void reply.header('Location', `${PATH}/${job.id}`);
    if (job.warnings.length > 0) void reply.header('Warning', job.warnings.join(', '));
    if (waitMillis > 0) void reply.header('Preference-Applied', `wait=${waitMillis / 1000}`);
    // A replayed request's job may have ended long ago.
    const isOver = isFinal(job.status) || (await this.endsWithin(job.id, waitMillis, reply));
    if (!isOver) return simulationDto(job);
    const seen = await this.reader.ownJob(principal, job.id, EMBEDDED_RESULT_BYTES_MAX);
    void reply.code(200).type(JSON_TYPE);
    return simulationJson(seen.job, seen.body);
  }

  @Get()
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @AuditedWhen(SIMULATION_EVENTS['simulation.list.across-projects'], 'group', "for who sees more than one project's; the list of one's own project is polled by scripts")
  @ApiOperation({ summary: 'List simulations, newest first', description: LEFT_OUT })
  @ApiOkResponse({ type: SimulationListDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() page: PagingDto): Promise<SimulationListDto> {
    const { items, next } = await this.reader.list(principal, pageById(page));
    return { items: items.map(({ job, fields }) => shown(simulationDto(job), fields)), next: nextLink(PATH, page, next) };
  }

  @Get(':id')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a poll of one's own project's simulation")
  @ApiOperation({ summary: 'See a simulation', description: LEFT_OUT })
  @ApiOkResponse({ type: ShownSimulationDto })
  async get(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<ShownSimulationDto | Buffer> {
    const { job, body, fields } = await this.reader.getWithResult(principal, id, EMBEDDED_RESULT_BYTES_MAX);
    if (fields !== 'all') return shown(simulationDto(job, body), fields);
    void reply.type(JSON_TYPE);
    return simulationJson(job, body);
  }

  @Get(':id/result')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({ summary: 'Fetch the result', description: 'Canonical JSON (RFC 8785): the very bytes that were digested, byte for byte the same at every fetch.' })
  @ApiExtraModels(ResultDto, BatchResultDto)
  @ApiOkResponse({ schema: { oneOf: RESULTS }, description: 'Of a job of one circuit, or of a batch or sweep.' })
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async result(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const body = await this.reader.result(principal, id);
    void reply.type(JSON_TYPE).header('Cache-Control', 'private, max-age=31536000, immutable');
    return body;
  }

  @Get(':id/receipt')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("the proof of an entry about one's own project's simulation")
  @ApiOperation({ summary: 'Fetch the receipt', description: 'A C2SP tlog-proof of the entry of the end of the simulation. 202 while that entry is not yet under a checkpoint.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'c2sp.org/tlog-proof@v1\nextra eyJhY3Rpdml0eV9pZCI6…\nindex 5\n…' }, description: 'The proof.' })
  @ApiAcceptedResponse({ description: 'Ask again after `Retry-After` seconds.' })
  async receipt(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | undefined> {
    const receipt = await this.reader.receipt(principal, id);
    if (receipt === 'pending') {
      void reply.code(202).header('Retry-After', '1');
      return undefined;
    }
    void reply.type('text/plain; charset=utf-8');
    return receipt;
  }

  @Post(':id/cancel')
  @Requires(SIMULATION_PERMISSIONS['simulation:cancel'])
  @Audited(SIMULATION_EVENTS['simulation.cancel'], 'transaction')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancel a simulation', description: 'One that is queued is cancelled at once; one that runs is stopped within a second or so.' })
  @ApiAcceptedResponse({ type: SimulationDto, description: 'It will be stopped.' })
  @ApiOkResponse({ type: SimulationDto, description: 'It is cancelled.' })
  @ApiConflictResponse({ description: 'It has ended already.' })
  async cancel(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<SimulationDto> {
    const job = await this.cancellation.cancel(principal, id);
    void reply.code(isFinal(job.status) ? 200 : 202);
    return simulationDto(job);
  }

  /** Whether the job ends within the client's patience: as soon as the client is gone, nobody waits. */
  private async endsWithin(id: string, waitMillis: number, reply: FastifyReply): Promise<boolean> {
    if (waitMillis === 0) return false;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    reply.raw.once('close', leave);
    try {
      return await this.endings.until(id, waitMillis, gone.signal);
    } finally {
      reply.raw.off('close', leave);
    }
  }
}
