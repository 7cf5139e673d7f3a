import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Audited, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, IdempotencyRequest, UuidParam } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';
import { ClientCertificates } from '../client-certificates.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { ClientCertificateDto, clientCertificateDtoOf, ClientCertificateListDto, CreateClientCertificateDto } from './client-certificates.dto.js';

/** Certificates that a service account logs in with over TLS: several at a time, so that one can be replaced without a pause. */
@ApiTags('service-accounts')
@Controller('v1/service-accounts/:id/certificates')
export class ClientCertificatesController {
  constructor(private readonly certificates: ClientCertificates) {}

  @Post()
  @Requires(AUTH_PERMISSIONS['service-accounts:issue-secret'])
  @Audited(AUTH_EVENTS['auth.client-certificate.create'], 'transaction')
  @ApiOperation({ summary: 'Give it a certificate', description: 'Only to an account that may do nothing that the caller may not. What is given is public; whoever has its key logs in by POST /v1/auth/certificate.' })
  @ApiCreatedResponse({ type: ClientCertificateDto })
  @ApiConflictResponse({ description: 'The account is disabled, has as many certificates as it may have, or an account has this one.' })
  async create(@CurrentPrincipal() principal: Principal, @IdempotencyRequest() request: IdempotentRequest | null, @Param('id', UuidParam) id: string, @Body() body: CreateClientCertificateDto): Promise<ClientCertificateDto> {
    const { certificate, label = null } = body;
    return clientCertificateDtoOf(await this.certificates.create(principal, request, id, { certificate, label }));
  }

  @Get()
  @Requires(AUTH_PERMISSIONS['service-accounts:read'])
  @Unaudited('it shows names and dates to who administers them, and no secret')
  @ApiOperation({ summary: 'List certificates' })
  @ApiOkResponse({ type: ClientCertificateListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string): Promise<ClientCertificateListDto> {
    return { items: (await this.certificates.list(principal, id)).map(clientCertificateDtoOf) };
  }

  @Delete(':certificateId')
  @Requires(AUTH_PERMISSIONS['service-accounts:revoke-secret'])
  @Audited(AUTH_EVENTS['auth.client-certificate.revoke'], 'transaction')
  @HttpCode(204)
  @ApiParam({ name: 'certificateId', format: 'uuid', example: '01981b7e-7a10-7f3c-8c2b-1d2e3f4a5b6c' })
  @ApiOperation({ summary: 'Revoke a certificate', description: 'No login with it from now on, and the tokens that were given for it are refused, on every replica.' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidParam) id: string, @Param('certificateId', UuidParam) certificateId: string): Promise<void> {
    await this.certificates.revoke(principal, id, certificateId);
  }
}
