import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Bucket, Public, Unaudited, WhileSealed } from '#platform/http/annotations.js';
import { HealthBoard } from '../health-board.js';
import { RuntimeStanding } from '../runtime-standing.js';

const PROBED = 'An orchestrator probes without a credential; the answer names no version, host or principal.';
const NO_DEED = 'A probe reads memory and does nothing.';

/** Terminus' report, with nothing in it but names of checks and `up` or `down`. */
const checks = (example: object): object => ({ type: 'object', additionalProperties: { type: 'object' }, example });
const report = (status: string, up: object, down: object): { schema: object } => ({
  schema: {
    type: 'object',
    properties: { status: { type: 'string', example: status }, info: checks(up), error: checks(down), details: checks({ ...up, ...down }) },
  },
});
const WELL = { description: 'Yes.', ...report('ok', { ledger: { status: 'up' } }, {}) };
const ILL = { status: 503, description: 'No.', ...report('error', {}, { ledger: { status: 'down' } }) };

/**
 * Terminus' checks over what stands on the board. Liveness asks the event loop alone: a database that is away is no
 * reason to restart a process that waits for it (a restart storm is the usual end of a database in a liveness probe).
 */
@ApiTags('server')
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly board: HealthBoard,
    private readonly standing: RuntimeStanding,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers at all' })
  @ApiOkResponse(WELL)
  @ApiResponse(ILL)
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  live(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.answer(reply, [() => this.indicators.check('process').up()]);
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether it takes requests' })
  @ApiOkResponse(WELL)
  @ApiResponse(ILL)
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const phase = this.board.phase === 'serving';
    const probes = Object.entries(this.board.result() ?? { tick: false });
    return this.answer(reply, [() => this.indicate('phase', phase), ...probes.map(([name, passed]) => () => this.indicate(name, passed))]);
  }

  @Get('startup')
  @ApiOperation({ summary: 'Whether boot is over' })
  @ApiOkResponse(WELL)
  @ApiResponse(ILL)
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const stages = this.standing.stages.map(({ name }) => () => this.indicate(name, true));
    return this.answer(reply, [() => this.indicate('boot', this.board.phase !== 'starting'), ...stages]);
  }

  private indicate(name: string, passed: boolean): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return passed ? indicator.up() : indicator.down();
  }

  /** Terminus throws its report when a check is down; the report is the answer, and says `up` or `down` and no more. */
  private async answer(reply: FastifyReply, indicators: (() => HealthIndicatorResult)[]): Promise<object> {
    try {
      return await this.checks.check(indicators);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.code(503);
      return error.getResponse() as object;
    }
  }
}
