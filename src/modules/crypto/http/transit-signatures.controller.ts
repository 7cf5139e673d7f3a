import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, BodyLimit, Requires, UnparsedBody } from '#platform/http/annotations.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import type { OperationPath } from '../transit/operation-request.js';
import { AnswersOperation, HashParam, NameParam } from './key-openapi.js';
import { OPERATION_BODY_BYTES_MAX, OperationDoor } from './operation-door.js';
import { bodySchemaOf } from './operation-schemas.js';
import { Call, type TransitCall } from './transit-call.js';

const HMAC = { summary: 'Make a message authentication code', description: 'Every version of every key has a key of its own for codes. `batch_input` takes up to 10,000 items.' };
const SIGN = { summary: 'Sign', description: 'With the latest version of a key, or `key_version`. The hash algorithm is of ECDSA and RSA keys; the other types have their own. Of a derived key the answer has the `public_key` of the context. `batch_input` takes up to 10,000 items, and no more than ten seconds of a core: 8,333 with RSA-2048, 25 with SLH-DSA-SHA2-128s.' };
const VERIFY = { summary: 'Verify', description: '`signature`, or `hmac`. What is no signature of the key is `valid: false`; what no version of the key can have made is refused. `batch_input` takes up to 10,000 items, and no more than ten seconds of a core.' };
const CODE = { hmac: 'vault:v1:jRXNBVQb6yuoZYTvdGMz0p9OPD1OKgUBmzOpNE6cLTo=' };
const SIGNATURE = { signature: 'vault:v1:MEUCIQDk3pQ=', key_version: 1 };
/** A context's public key is nowhere else. */
const DERIVED = { ...SIGNATURE, public_key: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' };
const VERDICT = { valid: true };

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
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('hmac') })
  @AnswersOperation(CODE)
  hmac(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('hmac', CRYPTO_PERMISSIONS['keys:hmac'], call);
  }

  @Post('hmac/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:hmac'])
  @Audited(CRYPTO_EVENTS['crypto.hmac'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(HMAC)
  @NameParam()
  @HashParam()
  @ApiBody({ schema: bodySchemaOf('hmac') })
  @AnswersOperation(CODE)
  hmacBy(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('hmac', CRYPTO_PERMISSIONS['keys:hmac'], { ...call, path: hashOf(call) });
  }

  @Post('sign/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:sign'])
  @Audited(CRYPTO_EVENTS['crypto.sign'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(SIGN)
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('sign') })
  @AnswersOperation(SIGNATURE, DERIVED)
  sign(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('sign', CRYPTO_PERMISSIONS['keys:sign'], call);
  }

  @Post('sign/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:sign'])
  @Audited(CRYPTO_EVENTS['crypto.sign'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(SIGN)
  @NameParam()
  @HashParam()
  @ApiBody({ schema: bodySchemaOf('sign') })
  @AnswersOperation(SIGNATURE, DERIVED)
  signBy(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('sign', CRYPTO_PERMISSIONS['keys:sign'], { ...call, path: hashOf(call) });
  }

  @Post('verify/:name')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:verify'])
  @Audited(CRYPTO_EVENTS['crypto.verify'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(VERIFY)
  @NameParam()
  @ApiBody({ schema: bodySchemaOf('verify') })
  @AnswersOperation(VERDICT)
  verify(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('verify', CRYPTO_PERMISSIONS['keys:verify'], call);
  }

  @Post('verify/:name/:hash')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['keys:verify'])
  @Audited(CRYPTO_EVENTS['crypto.verify'], 'group')
  @UnparsedBody()
  @BodyLimit(OPERATION_BODY_BYTES_MAX)
  @ApiOperation(VERIFY)
  @NameParam()
  @HashParam()
  @ApiBody({ schema: bodySchemaOf('verify') })
  @AnswersOperation(VERDICT)
  verifyBy(@Call() call: TransitCall): Promise<Buffer> {
    return this.door.serve('verify', CRYPTO_PERMISSIONS['keys:verify'], { ...call, path: hashOf(call) });
  }
}

const hashOf = ({ params }: TransitCall): OperationPath => ({ hash: params['hash'] ?? '' });
