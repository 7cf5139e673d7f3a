import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Bucket, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { NONCE } from '#pure/attestation/statement.js';
import { AttestationNote } from '../attestation-note.js';
import { HEALTH_PERMISSIONS } from '../domain/health.permissions.js';

const TEXT = 'text/plain; charset=utf-8';

export class AttestationQueryDto {
  @ApiProperty({ example: 'vHyqAAcL3oYI3xb0pQ3xVA', minLength: 22, maxLength: 88, pattern: NONCE.source, description: 'Of your own making: 16 random bytes or more, Base64url. It comes back under the signature.' })
  @IsString()
  @Matches(NONCE, { message: 'nonce must be 22 to 88 characters of Base64url' })
  nonce!: string;
}

@ApiTags('server')
@Controller('v1/attestation')
export class AttestationController {
  constructor(private readonly notes: AttestationNote) {}

  @Get()
  @ApiOperation({ summary: 'What is running, signed', description: 'A C2SP signed note with your nonce: the release, the flags of Node, what hardens the process, the stages of its start, and when the release was last read over. `npm run verify-attestation` checks it. Of the process that answers alone.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'quantonium attestation 1\nserver https://quantonium.example\nnonce vHyqAAcL3oYI3xb0pQ3xVA\n…\n\n— quantonium.example/attestation hI2DJw…\n' } })
  @Requires(HEALTH_PERMISSIONS['attestation:read'])
  @Unaudited('Reads what the start has found, which is in the ledger.')
  async attest(@Query() { nonce }: AttestationQueryDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('Content-Type', TEXT).header('Cache-Control', 'no-store');
    return this.notes.sign(nonce);
  }

  @Get('vkeys')
  @ApiOperation({ summary: 'Verifier keys of attestations', description: 'One C2SP vkey a line. Keep your own copy.' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'quantonium.example/attestation+a1b2c3d4+AX2x…\n' } })
  @Public('an attestation is checked with them by people who have no account')
  @Unaudited('it reveals public keys')
  @Bucket('vkeys')
  async verifierKeys(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('Content-Type', TEXT).header('Cache-Control', 'no-cache');
    return (await this.notes.verifierKeys()).map((key) => `${key}\n`).join('');
  }
}
