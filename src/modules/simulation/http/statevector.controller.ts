import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { SIMULATION_PERMISSIONS } from '../domain/simulation.permissions.js';
import { StateVectors } from '../state-vectors.js';
import { ItemDto } from './item.dto.js';

const BYTES = 'application/octet-stream';

/** The state vector without the text around it: a third smaller, and read by one call of any numerical library. */
@ApiTags('simulations')
@ApiBearerAuth()
@Controller('v1/simulations')
export class StateVectorController {
  constructor(private readonly vectors: StateVectors) {}

  @Get(':id/statevector')
  @Requires(SIMULATION_PERMISSIONS['simulation:read'])
  @Unaudited("a part of the result of one's own project's simulation; its completion is in the ledger")
  @ApiOperation({
    summary: 'Fetch the state vector',
    description: 'All 2^n amplitudes of the declared qubits, real and imaginary parts in turn as little-endian doubles, whatever the precision of the run: the bytes that the result holds in base64, so that its digest and signature cover them. Bit j of an index is qubit j; there are 16 bytes an amplitude. Whole only, without ranges.',
  })
  @ApiProduces(BYTES)
  @ApiOkResponse({
    description: 'The amplitudes.',
    content: { [BYTES]: { schema: { type: 'string', format: 'binary', example: '16 bytes an amplitude' } } },
    headers: {
      'Content-Digest': { description: 'SHA-256 of the bytes (RFC 9530).', schema: { type: 'string', example: 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:' } },
      'Statevector-Qubits': { description: 'Qubits as declared: there are 2 to the power of it amplitudes.', schema: { type: 'integer', example: 20 } },
      'Statevector-Format': { description: 'As in the result.', schema: { type: 'string', enum: ['complex128-le'], example: 'complex128-le' } },
    },
  })
  @ApiConflictResponse({ description: 'It has not ended yet.' })
  async statevector(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Query() { item }: ItemDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const { bytes, qubits, format, sha256 } = await this.vectors.read(principal, id, item);
    void reply
      .type(BYTES)
      .header('Content-Digest', `sha-256=:${sha256}:`)
      .header('Statevector-Qubits', String(qubits))
      .header('Statevector-Format', format)
      .header('Content-Disposition', 'attachment')
      .header('Accept-Ranges', 'none')
      .header('Cache-Control', 'private, max-age=31536000, immutable');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
