import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes, RequestId } from '#platform/http/parameters.js';
import { vaultAnswer, type VaultEnvelope } from '#platform/http/vault-answer.js';
import { parseVaultBody, readFields, schemaOf } from '#platform/http/vault-fields.js';
import { CRYPTO_PERMISSIONS } from '../domain/crypto.permissions.js';
import { VERSIONS_MAX } from '../transit/key-directory.js';
import { refused } from '../transit/key-refusals.js';
import { CACHE_FIELDS, KEYS_CONFIG_FIELDS } from './key-fields.js';
import { AnswersData } from './key-openapi.js';

/** Settings of the engine that Vault's clients write: what they may say here is what already is. */
@ApiTags('transit')
@ApiBearerAuth()
@Controller('v1/transit')
export class TransitConfigController {
  @Get('config/keys')
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('it is the same for everybody')
  @ApiOperation({ summary: 'See what holds for all keys', description: 'Encrypting with a name that there is no key of makes none.' })
  @AnswersData({ disable_upsert: true })
  keysConfig(@RequestId() requestId: string): VaultEnvelope {
    return vaultAnswer(requestId, { data: { disable_upsert: true } });
  }

  @Post('config/keys')
  @HttpCode(200)
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('it changes nothing: only what already is can be said')
  @UnparsedBody()
  @ApiOperation({ summary: 'Say what holds for all keys', description: '`disable_upsert: true` is accepted, since it is so; `false` is refused.' })
  @ApiBody({ schema: schemaOf(KEYS_CONFIG_FIELDS) })
  @AnswersData({ disable_upsert: true })
  setKeysConfig(@BodyBytes() bytes: Buffer, @RequestId() requestId: string): VaultEnvelope {
    const { disable_upsert: isDisabled } = readFields(KEYS_CONFIG_FIELDS, parseVaultBody(bytes));
    if (isDisabled === false) throw refused('disable_upsert cannot be unset: encrypting makes no keys');
    return this.keysConfig(requestId);
  }

  @Get('cache-config')
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('it is the same for everybody')
  @ApiOperation({ summary: 'See how many versions of keys are kept at hand' })
  @AnswersData({ size: VERSIONS_MAX })
  cacheConfig(@RequestId() requestId: string): VaultEnvelope {
    return vaultAnswer(requestId, { data: { size: VERSIONS_MAX } });
  }

  @Post('cache-config')
  @HttpCode(204)
  @Requires(CRYPTO_PERMISSIONS['sys:read'])
  @Unaudited('it changes nothing: the cache has bounds of its own')
  @UnparsedBody()
  @ApiOperation({ summary: 'Accepted for clients that send it' })
  @ApiBody({ schema: schemaOf(CACHE_FIELDS) })
  @ApiNoContentResponse({ description: 'Nothing was changed.' })
  setCacheConfig(@BodyBytes() bytes: Buffer): void {
    readFields(CACHE_FIELDS, parseVaultBody(bytes));
  }
}
