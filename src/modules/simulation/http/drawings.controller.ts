import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_PERMISSIONS } from '../domain/simulation.permissions.js';
import { Drawings } from '../drawings.js';
import { ItemDto } from './item.dto.js';

const SVG = 'image/svg+xml';
const EXAMPLE = '<svg xmlns="http://www.w3.org/2000/svg" class="qd" role="img" …>…</svg>\n';
const TEXT_EXAMPLE = 'q[0]: ──[H]──●──[M→c[0]]──\n             │\nq[1]: ───────⊕──[M→c[1]]──\n';

/** A picture opened by itself is a document: its own style, and nothing else of anybody's. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Of a picture whose source never changes. */
const CACHE = 'private, max-age=3600';

/**
 * Whether an `Accept` header asks for text rather than a picture (RFC 9110 §12.5.1): it names `text/plain`, with a weight
 * above that of the picture. Whoever names neither is given the picture.
 */
export function prefersText(accept: string | undefined): boolean {
  const weightOf = (type: string): number => {
    for (const range of (accept ?? '').split(',')) {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      if (name !== type) continue;
      const weight = parameters.map((parameter) => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find((text) => text !== undefined);
      return Number(weight ?? '1');
    }
    return 0;
  };
  return weightOf('text/plain') > weightOf(SVG);
}

/** Pictures of simulations, each made from what is stored when it is asked for. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations')
export class DrawingsController {
  constructor(private readonly drawings: Drawings) {}

  @Get(':id/circuit')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a picture of one's own project's program")
  @ApiOperation({ summary: 'Draw the circuit', description: 'A diagram as SVG, or in Unicode with `Accept: text/plain`. Of a large circuit the beginning, with a note of what is left out.' })
  @ApiProduces(SVG, 'text/plain')
  @ApiOkResponse({ description: 'The diagram.', content: { [SVG]: { schema: { type: 'string', example: EXAMPLE } }, 'text/plain': { schema: { type: 'string', example: TEXT_EXAMPLE } } } })
  async circuit(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() { item }: ItemDto, @Headers('accept') accept: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const as = prefersText(accept) ? 'text' : 'svg';
    const drawn = await this.drawings.circuit(principal, id, item, as);
    void reply.header('Vary', 'Accept');
    if (as === 'svg') return picture(reply, drawn);
    void reply.type('text/plain; charset=utf-8').header('Cache-Control', CACHE);
    return drawn;
  }

  @Get(':id/histogram')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a picture of the result of one's own project's simulation")
  @ApiOperation({ summary: 'Draw the counts', description: 'A bar for each outcome, in the order of the bit strings; of more than 32 outcomes those that came most often, and one bar for the others.' })
  @ApiProduces(SVG)
  @ApiOkResponse({ schema: { type: 'string', example: EXAMPLE }, description: 'The histogram.' })
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async histogram(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() { item }: ItemDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return picture(reply, await this.drawings.histogram(principal, id, item));
  }

  @Get(':id/bloch')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a picture of the result of one's own project's simulation")
  @ApiOperation({ summary: 'Draw single qubits', description: 'A Bloch sphere for each single qubit whose density matrix is in the result.' })
  @ApiProduces(SVG)
  @ApiOkResponse({ schema: { type: 'string', example: EXAMPLE }, description: 'The spheres.' })
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async bloch(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() { item }: ItemDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return picture(reply, await this.drawings.bloch(principal, id, item));
  }
}

function picture(reply: FastifyReply, svg: string): string {
  void reply.type(`${SVG}; charset=utf-8`).header('Content-Security-Policy', POLICY).header('Cache-Control', CACHE);
  return svg;
}
