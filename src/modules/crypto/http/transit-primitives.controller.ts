import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { schemaOf } from '#platform/http/vault-fields.js';
import { vaultAnswer, vaultAnswerOf, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { Randomness } from '#platform/system/randomness.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { HASH_FIELDS, hashData, RANDOM_FIELDS, randomData } from '../transit/plain-operations.js';
import { AnswersData } from './key-openapi.js';
import { Call, type TransitCall } from './transit-call.js';

const RANDOM = { summary: 'Get random bytes', description: "Up to 128 KiB of the operating system's generator. Nothing about it is quantum." };
const HASH = { summary: 'Hash', description: 'Of up to 256 KiB of a body.' };
const BYTES = { random_bytes: 'dGhpcyBpcyBhbiBleGFtcGxlIG9mIDMyIGJ5dGVzLi4=', source: 'platform', description: 'what the source is' };
const SUM = { sum: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' };
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
  @AnswersData(BYTES)
  random(@Call() call: TransitCall): Buffer {
    return this.drawn(call, {});
  }

  @Post('random/:bytes')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['random:read'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation({ ...RANDOM, description: `${RANDOM.description} The segment is a number, or \`platform\`.` })
  @ApiParam(BYTES_PARAM)
  @ApiBody({ schema: schemaOf(RANDOM_FIELDS) })
  @AnswersData(BYTES)
  randomOf(@Call() call: TransitCall, @Param('bytes') segment: string): Buffer {
    const isSource = segment[0] !== undefined && (segment[0] < '0' || segment[0] > '9') && segment[0] !== '-';
    return this.drawn(call, isSource ? { source: segment } : { bytes: segment });
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
  @AnswersData(BYTES)
  randomFrom(@Call() call: TransitCall, @Param('source') source: string, @Param('bytes') count: string): Buffer {
    return this.drawn(call, { source, bytes: count });
  }

  @Post('hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['hash:compute'])
  @Unaudited(NO_KEY)
  @UnparsedBody()
  @ApiOperation(HASH)
  @ApiBody({ schema: schemaOf(HASH_FIELDS, ['input']) })
  @AnswersData(SUM)
  hash(@Call() { requestId, bytes }: TransitCall): VaultEnvelope {
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
  @AnswersData(SUM)
  hashBy(@Call() { requestId, bytes }: TransitCall, @Param('algorithm') algorithm: string): VaultEnvelope {
    return vaultAnswer(requestId, { data: hashData(bytes, algorithm) });
  }

  private drawn({ requestId, bytes, reply }: TransitCall, path: { readonly source?: string; readonly bytes?: string }): Buffer {
    void reply.header('content-type', 'application/json');
    return vaultAnswerOf(requestId, randomData(this.randomness, bytes, path));
  }
}
