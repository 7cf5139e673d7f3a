import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, BodyLimit, Requires, UnparsedBody } from '#platform/http/annotations.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { AnswersData, AnswersOperation, NameParam } from './key-openapi.js';
import { OPERATION_BODY_BYTES_MAX, OperationDoor } from './operation-door.js';
import { bodySchemaOf } from './operation-schemas.js';
import { Call, type TransitCall } from './transit-call.js';

/** A key that has encrypted as often as it may gets a new version on the way. */
const BESIDE = [CRYPTO_EVENTS['crypto.key.rotate']];

const PARTIAL = '`batch_input` takes up to 10,000 items, and no more than ten seconds of a core: 1,470 decryptions with RSA-4096; each has its result in its place, with its `reference`. Where some failed, the answer is 400 with all results, or what `partial_failure_response_code` says.';

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
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('encrypt') })
  @AnswersOperation({ ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 })
  encrypt(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('encrypt', CRYPTO_PERMISSIONS['keys:encrypt'], call);
  }

  @Post('decrypt/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:decrypt'])
  @Audited(CRYPTO_EVENTS['crypto.decrypt'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation({ summary: 'Decrypt', description: `Whatever cannot be decrypted is answered alike, in a batch too: what was wrong with it is not told. ${PARTIAL}` })
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('decrypt') })
  @AnswersOperation({ plaintext: 'aGVsbG8gcXVhbnRvbml1bQ==' })
  decrypt(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('decrypt', CRYPTO_PERMISSIONS['keys:decrypt'], call);
  }

  @Post('rewrap/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:rewrap'])
  @Audited(CRYPTO_EVENTS['crypto.rewrap'], 'group', BESIDE)
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation({ summary: 'Encrypt anew', description: `Under the latest version, without the plaintext leaving the server. ${PARTIAL}` })
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('rewrap') })
  @AnswersOperation({ ciphertext: 'vault:v2:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 2 })
  rewrap(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('rewrap', CRYPTO_PERMISSIONS['keys:rewrap'], call);
  }

  @Post('datakey/plaintext/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:datakey-plaintext'])
  @Audited(CRYPTO_EVENTS['crypto.datakey'], 'group', BESIDE)
  @UnparsedBody()
  @ApiOperation({ summary: 'Make a data key, in clear and wrapped', description: 'Random bytes, and the same encrypted with the key. The server keeps neither.' })
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('datakey') })
  @AnswersData({ plaintext: 'AAAAAAAAAAAAAAAAAAAAAA==', ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 })
  plaintextDataKey(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('datakey', CRYPTO_PERMISSIONS['keys:datakey-plaintext'], { ...call, path: { kind: 'plaintext' } });
  }

  @Post('datakey/wrapped/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:datakey-wrapped'])
  @Audited(CRYPTO_EVENTS['crypto.datakey'], 'group', BESIDE)
  @UnparsedBody()
  @ApiOperation({ summary: 'Make a data key, wrapped only', description: 'For who may store what others will read: the key in clear is got by decrypting it.' })
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('datakey') })
  @AnswersData({ ciphertext: 'vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ=', key_version: 1 })
  wrappedDataKey(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('datakey', CRYPTO_PERMISSIONS['keys:datakey-wrapped'], { ...call, path: { kind: 'wrapped' } });
  }
}
