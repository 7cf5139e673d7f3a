import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited, BodyLimit, Requires, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, CurrentPrincipal, RequestId, VaultNamespace } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { OPERATION_BODY_BYTES_MAX, OperationDoor } from './operation-door.js';
import { answerExample, bodySchemaOf, KEY_PARAM } from './operation-schemas.js';

/** A key that has encrypted as often as it may gets a new version on the way. */
const BESIDE = [CRYPTO_EVENTS['crypto.key.rotate']];

const PARTIAL = '`batch_input` takes up to 10,000 items; each has its result in its place, with its `reference`. Where some failed, the answer is 400 with all results, or what `partial_failure_response_code` says.';

/** Encrypting and decrypting with keys, in the words of Vault's transit engine. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitOperationsController {
  constructor(private readonly door: OperationDoor) {}

  @Post('encrypt/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:encrypt'])
  @Audited(CRYPTO_EVENTS['crypto.encrypt'], 'group', BESIDE)
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation({ summary: 'Encrypt', description: `With the latest version of a key, or \`key_version\`. A key that does not exist is not made. ${PARTIAL}` })
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('encrypt') })
  @ApiOkResponse(answerExample({ ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 }))
  encrypt(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('encrypt', CRYPTO_PERMISSIONS['keys:encrypt'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('decrypt/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:decrypt'])
  @Audited(CRYPTO_EVENTS['crypto.decrypt'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation({ summary: 'Decrypt', description: `Whatever cannot be decrypted is answered alike, in a batch too: what was wrong with it is not told. ${PARTIAL}` })
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('decrypt') })
  @ApiOkResponse(answerExample({ plaintext: 'aGVsbG8gcXVhbnRvbml1bQ==' }))
  decrypt(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('decrypt', CRYPTO_PERMISSIONS['keys:decrypt'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('rewrap/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:rewrap'])
  @Audited(CRYPTO_EVENTS['crypto.rewrap'], 'group', BESIDE)
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation({ summary: 'Encrypt anew', description: `Under the latest version, without the plaintext leaving the server. ${PARTIAL}` })
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('rewrap') })
  @ApiOkResponse(answerExample({ ciphertext: 'vault:v2:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 2 }))
  rewrap(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('rewrap', CRYPTO_PERMISSIONS['keys:rewrap'], { principal, namespace, requestId, name, bytes, reply });
  }

  @Post('datakey/plaintext/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:datakey-plaintext'])
  @Audited(CRYPTO_EVENTS['crypto.datakey'], 'group', BESIDE)
  @UnparsedBody()
  @ApiOperation({ summary: 'Make a data key, in clear and wrapped', description: 'Random bytes, and the same encrypted with the key. The server keeps neither.' })
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('datakey') })
  @ApiOkResponse(answerExample({ plaintext: 'AAAAAAAAAAAAAAAAAAAAAA==', ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 }))
  plaintextDataKey(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('datakey', CRYPTO_PERMISSIONS['keys:datakey-plaintext'], { principal, namespace, requestId, name, bytes, reply, path: { kind: 'plaintext' } });
  }

  @Post('datakey/wrapped/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:datakey-wrapped'])
  @Audited(CRYPTO_EVENTS['crypto.datakey'], 'group', BESIDE)
  @UnparsedBody()
  @ApiOperation({ summary: 'Make a data key, wrapped only', description: 'For who may store what others will read: the key in clear is got by decrypting it.' })
  @ApiParam(KEY_PARAM)
  @ApiBody({ schema: bodySchemaOf('datakey') })
  @ApiOkResponse(answerExample({ ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 }))
  wrappedDataKey(@CurrentPrincipal() principal: Principal, @VaultNamespace() namespace: string | null, @RequestId() requestId: string, @Param('name') name: string, @BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    return this.door.serve('datakey', CRYPTO_PERMISSIONS['keys:datakey-wrapped'], { principal, namespace, requestId, name, bytes, reply, path: { kind: 'wrapped' } });
  }
}
