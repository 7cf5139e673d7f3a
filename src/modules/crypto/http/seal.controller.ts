import { Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited, BodyLimit, Bucket, Public, Unaudited, UnparsedBody, WhileSealed } from '#platform/http/annotations.js';
import { ANONYMOUS_BODY_BYTES_MAX } from '#platform/http/http-settings.js';
import { BodyBytes } from '#platform/http/parameters.js';
import { schemaOf } from '#platform/http/vault-fields.js';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { Seal } from '../seals/seal.js';
import { healthDto, healthStatus, InitialisedDto, SealHealthDto, SealStatusDto, statusDto } from './seal.dto.js';
import { readUnsealRequest, UNSEAL_FIELDS } from './share-body.js';
import { type UnsealAttempt, UnsealJournal } from './unseal-journal.js';

const PROBED = 'Asked before anybody can be authenticated: whether a process is sealed is what its answers say in any case.';
const NO_DEED = 'It reads memory and does nothing.';

const codeQuery = (name: string, of: string, example: string): MethodDecorator => ApiQuery({ name, required: false, schema: { type: 'string', example }, description: `Status for ${of}, instead of its own.` });

/** The seal of this process, as Vault's clients see and open it: served by each process that holds keys, sealed or not. */
@ApiTags('sys')
@Controller('v1/sys')
export class SealController {
  constructor(
    private readonly seal: Seal,
    private readonly journal: UnsealJournal,
    private readonly clock: Clock,
  ) {}

  @Get('health')
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  @ApiOperation({ summary: 'Whether this process is initialised and unsealed', description: '200 unsealed, 501 not initialised, 503 sealed, unless the query asks for other codes.' })
  @codeQuery('activecode', 'a process that is unsealed', '200')
  @codeQuery('sealedcode', 'a process that is sealed', '429')
  @codeQuery('uninitcode', 'a process that is not initialised', '501')
  @ApiOkResponse({ type: SealHealthDto })
  @ApiResponse({ status: 501, description: 'Not initialised.', type: SealHealthDto })
  @ApiResponse({ status: 503, description: 'Sealed.', type: SealHealthDto })
  async health(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<SealHealthDto> {
    const status = await this.seal.status();
    reply.code(healthStatus(status, query as Readonly<Record<string, unknown>>));
    return healthDto(status, this.clock.nowMillis());
  }

  @Get('seal-status')
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  @ApiOperation({ summary: 'The seal, and how many shares were given' })
  @ApiOkResponse({ type: SealStatusDto })
  async status(): Promise<SealStatusDto> {
    return statusDto(await this.seal.status());
  }

  @Get('init')
  @Public(PROBED)
  @Unaudited(NO_DEED)
  @Bucket('health')
  @WhileSealed()
  @ApiOperation({ summary: 'Whether the database is under a seal' })
  @ApiOkResponse({ type: InitialisedDto })
  async isInitialised(): Promise<InitialisedDto> {
    return { initialized: (await this.seal.status()).isInitialised };
  }

  /** Whoever came first would own the installation: shares are made where its operator is, by `npm run init-seal`. */
  @Post('init')
  @Public('It refuses everybody.')
  @Audited(CRYPTO_EVENTS['crypto.seal.change'], 'group')
  @UnparsedBody()
  @BodyLimit(ANONYMOUS_BODY_BYTES_MAX)
  @WhileSealed()
  @ApiOperation({ summary: 'Not served over HTTP: npm run init-seal' })
  initialise(): never {
    throw new Fault(CRYPTO_FAULTS['unseal-refused'], { detail: 'an installation is not initialised over HTTP: npm run init-seal' });
  }

  @Post('unseal')
  @HttpCode(200)
  @Public('The shares are the credential, and nobody can be authenticated before.')
  @Audited(CRYPTO_EVENTS['crypto.seal.unseal'], 'group')
  @UnparsedBody()
  @BodyLimit(ANONYMOUS_BODY_BYTES_MAX)
  @Bucket('unseal')
  @WhileSealed()
  @ApiOperation({ summary: 'Give a share', description: 'The last that is needed unseals this process, and no other: each replica is unsealed by itself.' })
  @ApiBody({ schema: schemaOf(UNSEAL_FIELDS) })
  @ApiOkResponse({ type: SealStatusDto })
  async unseal(@BodyBytes() bytes: Buffer): Promise<SealStatusDto> {
    let isRecorded = false;
    const record = async (attempt: UnsealAttempt): Promise<void> => {
      await this.journal.note(attempt);
      isRecorded = true;
    };
    try {
      const { share, reset } = readUnsealRequest(bytes);
      if (!reset) return statusDto(await this.seal.give(share, record));
      share?.fill(0);
      return statusDto(await this.seal.reset(record));
    } catch (error) {
      // One entry an attempt: that the shares make no key was recorded where it was found.
      if (!isRecorded && error instanceof Fault && error.kind.status < 500) await record('refused');
      throw error;
    } finally {
      bytes.fill(0);
    }
  }
}
