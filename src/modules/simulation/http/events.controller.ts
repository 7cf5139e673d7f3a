import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags, ApiTooManyRequestsResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticator } from '#modules/auth/index.js';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import { LEFT_OUT, shown } from '#platform/http/shown-fields.js';
import { digestOf } from '#pure/digest/digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { isFinal } from '../domain/job-status.js';
import { SIMULATION_PERMISSIONS } from '../domain/simulation.permissions.js';
import { JobEvents, type JobStream } from '../job-events.js';
import type { SeenJob } from '../job-reader.js';
import { simulationDto } from './simulation.dto.js';

const EVENTS = 'text/event-stream';
/** What a client waits before it asks again: no less than somebody who is told by the status that there is too much. */
const RETRY_MILLIS = 3_000;
/** Comments come every 15 s: a client that has taken nothing of four of them is not there. */
const IDLE_MILLIS = 60_000;
const EXAMPLE = 'retry: 3000\n\nid: 9f86d081884c7d65\nevent: simulation\ndata: {"id":"01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10","status":"running","progress":0.25,…}\n\n';

/** Server-sent events (WHATWG HTML, §9.2) of one simulation. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations')
export class EventsController {
  constructor(
    private readonly events: JobEvents,
    private readonly authenticator: Authenticator,
  ) {}

  @Get(':id/events')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a poll of one's own project's simulation, which the server makes for the client")
  @ApiOperation({
    summary: 'Follow a simulation',
    description: `Server-sent events named \`simulation\`: the simulation as \`GET /v1/simulations/{id}\` shows it, without the result, now and each time that it changes. The stream ends behind the final state; also when the token expires, the session is revoked or the server stops. Every event is the whole present state, so nothing is lost where it broke off. A comment comes every 15 s. ${LEFT_OUT}`,
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string', example: '9f86d081884c7d65' }, description: 'Of the last event that was received: where that was the final state, the answer is 204, at which browsers ask no more.' })
  @ApiProduces(EVENTS)
  @ApiOkResponse({ description: 'The events.', content: { [EVENTS]: { schema: { type: 'string', example: EXAMPLE } } } })
  @ApiNoContentResponse({ description: 'The final state was received already.' })
  @ApiTooManyRequestsResponse({ description: 'Too many requests, or too many streams at once: 8 of one account, 128 of one process.' })
  async follow(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidParam) id: string,
    @Headers('last-event-id') lastId: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    if (reply.raw.destroyed) gone.abort();
    const states = await this.events.follow(principal, id, () => this.authenticator.current(principal), gone.signal);
    const { value: first } = (await states.next()) as IteratorYieldResult<SeenJob>;
    const isReceived = isFinal(first.job.status) && lastId === eventOf(first).id;
    // A HEAD is answered without the stream, which nobody would read.
    if (isReceived || request.method === 'HEAD') {
      await states.return();
      void reply.code(isReceived ? 204 : 200);
      if (!isReceived) void reply.type(EVENTS);
      return undefined;
    }
    const stream = Readable.from(textOf(first, states), { objectMode: false });
    reply.raw.setTimeout(IDLE_MILLIS, () => stream.destroy());
    // The connection ends with the stream, or a server that stops would wait for its next request. Proxies pass on at once.
    void reply.header('Connection', 'close').header('X-Accel-Buffering', 'no');
    return new StreamableFile(stream, { type: EVENTS });
  }
}

interface Event {
  readonly id: string;
  readonly data: string;
}

/** Equal ids are equal events, on every replica. */
function eventOf({ job, fields }: SeenJob): Event {
  const data = JSON.stringify(shown(simulationDto(job), fields));
  return { id: digestOf(Buffer.from(data, 'utf8')).slice('sha256:'.length, 'sha256:'.length + 16), data };
}

async function* textOf(first: SeenJob, states: JobStream): AsyncGenerator<string> {
  let told = eventOf(first);
  yield `retry: ${RETRY_MILLIS}\n\n${textOfEvent(told)}`;
  for await (const state of states) {
    if (state === 'quiet') {
      yield ': still here\n\n';
      continue;
    }
    const event = eventOf(state);
    // What has changed may be kept back.
    if (event.id === told.id) continue;
    told = event;
    yield textOfEvent(event);
  }
}

/** JSON has no line breaks of its own, so the data is one line. */
function textOfEvent({ id, data }: Event): string {
  return `id: ${id}\nevent: simulation\ndata: ${data}\n\n`;
}
