import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited, BodyLimit, Requires, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, CurrentPrincipal, RequestId, VaultNamespace } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { OPERATION_BODY_BYTES_MAX, OperationDoor } from './operation-door.js';
import { answerExample, bodySchemaOf, HASH_PARAM, KEY_PARAM } from './operation-schemas.js';

const HMAC = { summary: 'Make a message authentication code', description: 'Every version of every key has a key of its own for codes. `batch_input` takes up to 10,000 items.' };
const SIGN = { summary: 'Sign', description: 'With the latest version of a key, or `key_version`. The hash algorithm is of ECDSA and RSA keys; the other types have their own. `batch_input` takes up to 10,000 items.' };
const VERIFY = { summary: 'Verify', description: '`signature`, or `hmac`. What is no signature of the key is `valid: false`; what no version of the key can have made is refused. `batch_input` takes up to 10,000 items.' };
const CODE = answerExample({ hmac: 'vault:v1:jRXNBVQb6yuoZYTvdGMz0p9OPD1OKgUBmzOpNE6cLTo=' });
const SIGNATURE = answerExample({ signature: 'vault:v1:MEUCIQDk3pQ=', key_version: 1 });
const VERDICT = answerExample({ valid: true });

/** Signing and verifying with keys. What a path says of the hash algorithm and what a body says is the same. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitSignaturesController {
  constructor(private readonly door: OperationDoor) {}

  @Post('hmac/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:hmac'])
  @Audited(CRYPTO_EVENTS['crypto.hmac'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(HMAC)
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('hmac') })
  @ApiOkResponse(CODE)
  hmac(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('hmac', CRYPTO_PERMISSIONS['keys:hmac'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('hmac/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:hmac'])
  @Audited(CRYPTO_EVENTS['crypto.hmac'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(HMAC)
  @ApiParam(KEY_PARAM)
  @ApiParam(HASH_PARAM)
  @ApiBody({ schema: bodySchemaOf('hmac') })
  @ApiOkResponse(CODE)
  hmacBy(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @Param('hash') hash: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('hmac', CRYPTO_PERMISSIONS['keys:hmac'], { principal, namespace, requestId, name, bytes, reply, path: { hash } });
  }

  @Post('sign/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:sign'])
  @Audited(CRYPTO_EVENTS['crypto.sign'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(SIGN)
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('sign') })
  @ApiOkResponse(SIGNATURE)
  sign(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('sign', CRYPTO_PERMISSIONS['keys:sign'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('sign/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:sign'])
  @Audited(CRYPTO_EVENTS['crypto.sign'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(SIGN)
  @ApiParam(KEY_PARAM)
  @ApiParam(HASH_PARAM)
  @ApiBody({ schema: bodySchemaOf('sign') })
  @ApiOkResponse(SIGNATURE)
  signBy(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @Param('hash') hash: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('sign', CRYPTO_PERMISSIONS['keys:sign'], { principal, namespace, requestId, name, bytes, reply, path: { hash } });
  }

  @Post('verify/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:verify'])
  @Audited(CRYPTO_EVENTS['crypto.verify'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(VERIFY)
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('verify') })
  @ApiOkResponse(VERDICT)
  verify(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('verify', CRYPTO_PERMISSIONS['keys:verify'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('verify/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:verify'])
  @Audited(CRYPTO_EVENTS['crypto.verify'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(VERIFY)
  @ApiParam(KEY_PARAM)
  @ApiParam(HASH_PARAM)
  @ApiBody({ schema: bodySchemaOf('verify') })
  @ApiOkResponse(VERDICT)
  verifyBy(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @Param('hash') hash: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('verify', CRYPTO_PERMISSIONS['keys:verify'], { principal, namespace, requestId, name, bytes, reply, path: { hash } });
  }
}
