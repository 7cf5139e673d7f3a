import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, RequestId } from '#platform/http/parameters.js';
import { schemaOf } from '#platform/http/vault-fields.js';
import { vaultAnswer, vaultAnswerOf, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { Randomness } from '#platform/system/randomness.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { HASH_FIELDS, hashData, RANDOM_FIELDS, randomData } from '../transit/plain-operations.js';
import { answerExample } from './operation-schemas.js';

const RANDOM = { summary: 'Get random bytes', description: "Up to 128 KiB of the operating system's generator. Nothing about it is quantum." };
const HASH = { summary: 'Hash', description: 'Of up to 256 KiB of a body.' };
const BYTES = answerExample({ random_bytes: 'dGhpcyBpcyBhbiBleGFtcGxlIG9mIDMyIGJ5dGVzLi4=', source: 'platform', description: 'what the source is' });
const SUM = answerExample({ sum: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' });
const ALGORITHM = { name: 'algorithm', description: 'sha2-224, -256, -384, -512, sha3-224, -256, -384 or -512', example: 'sha2-256' };
const BYTES_PARAM = { name: 'bytes', description: 'how many bytes', example: '32' };
const NO_KEY = 'it is about no key and nothing of anybody';

/** What clients of a transit engine ask for besides keys. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitPrimitivesController {
  constructor(private readonly randomness: Randomness) {}

  @Post('random')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['random:read'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation(RANDOM)
  @ApiBody({ schema: schemaOf(RANDOM_FIELDS) })
  @ApiOkResponse(BYTES)
  random(@RequestId() requestId: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return this.drawn(requestId, bytes, reply, {});
  }

  @Post('random/:bytes')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['random:read'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation({ ...RANDOM, description: `${RANDOM.description} The segment is a number, or \`platform\`.` })
  @ApiParam(BYTES_PARAM)
  @ApiBody({ schema: schemaOf(RANDOM_FIELDS) })
  @ApiOkResponse(BYTES)
  randomOf(@RequestId() requestId: string, @Param('bytes') segment: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    const isSource = segment[0] !== undefined && (segment[0] < '0' || segment[0] > '9') && segment[0] !== '-';
    return this.drawn(requestId, bytes, reply, isSource ? { source: segment } : { bytes: segment });
  }

  @Post('random/:source/:bytes')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['random:read'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation(RANDOM)
  @ApiParam({ name: 'source', description: 'platform', example: 'platform' })
  @ApiParam(BYTES_PARAM)
  @ApiBody({ schema: schemaOf(RANDOM_FIELDS) })
  @ApiOkResponse(BYTES)
  randomFrom(@RequestId() requestId: string, @Param('source') source: string, @Param('bytes') count: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    return this.drawn(requestId, bytes, reply, { source, bytes: count });
  }

  @Post('hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['hash:compute'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation(HASH)
  @ApiBody({ schema: schemaOf(HASH_FIELDS, ['input']) })
  @ApiOkResponse(SUM)
  hash(@RequestId() requestId: string, @BodyBytes() bytes: Buffer): VaultEnvelope {
    return vaultAnswer(requestId, { data: hashData(bytes) });
  }

  @Post('hash/:algorithm')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['hash:compute'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation(HASH)
  @ApiParam(ALGORITHM)
  @ApiBody({ schema: schemaOf(HASH_FIELDS, ['input']) })
  @ApiOkResponse(SUM)
  hashBy(@RequestId() requestId: string, @Param('algorithm') algorithm: string, @BodyBytes() bytes: Buffer): VaultEnvelope {
    return vaultAnswer(requestId, { data: hashData(bytes, algorithm) });
  }

  private drawn(requestId: string, body: Buffer, reply: FastifyReply, path: { readonly source?: string; readonly bytes?: string }): Buffer {
    void reply.header('content-type', 'application/json');
    return vaultAnswerOf(requestId, randomData(this.randomness, body, path));
  }
}
