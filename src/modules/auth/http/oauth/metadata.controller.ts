import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Config } from '#platform/config/config.js';
import { Bucket, Public, Unaudited } from '#platform/http/annotations.js';
import { SCOPES } from '#pure/principal/principal.js';
import { ASSERTION_ALGORITHMS } from '../../domain/client-jwk.js';
import { DPOP_ALGORITHMS } from '../../domain/dpop-proof.js';
import { CLIENT_AUTH_METHODS } from '../../domain/oauth-client.js';

const GRANT_TYPES = ['client_credentials', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'] as const;
const URI = (path: string) => ({ format: 'uri', example: `https://quantonium.example${path}` });

/** RFC 8414 §2, with the members of RFC 8628 §4, RFC 8705 §3.3 and RFC 9449 §5.1. */
class ServerMetadataDto {
  @ApiProperty({ ...URI(''), description: 'PUBLIC_URL, as in every token.' }) issuer!: string;
  @ApiProperty(URI('/oauth/token')) token_endpoint!: string;
  @ApiProperty(URI('/oauth/revoke')) revocation_endpoint!: string;
  @ApiProperty(URI('/oauth/introspect')) introspection_endpoint!: string;
  @ApiProperty(URI('/oauth/device_authorization')) device_authorization_endpoint!: string;
  @ApiProperty(URI('/.well-known/jwks.json')) jwks_uri!: string;
  @ApiProperty({ type: [String], example: [...SCOPES] }) scopes_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [], description: 'None: there is no authorization endpoint.' }) response_types_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...GRANT_TYPES] }) grant_types_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...CLIENT_AUTH_METHODS] }) token_endpoint_auth_methods_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...ASSERTION_ALGORITHMS] }) token_endpoint_auth_signing_alg_values_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...CLIENT_AUTH_METHODS] }) revocation_endpoint_auth_methods_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...ASSERTION_ALGORITHMS] }) revocation_endpoint_auth_signing_alg_values_supported!: readonly string[];
  @ApiProperty({ type: [String], example: ['client_secret_basic', 'private_key_jwt'] }) introspection_endpoint_auth_methods_supported!: readonly string[];
  @ApiProperty({ type: [String], example: [...ASSERTION_ALGORITHMS] }) introspection_endpoint_auth_signing_alg_values_supported!: readonly string[];
  @ApiProperty({ type: [String], example: ['ES256', 'EdDSA'] }) dpop_signing_alg_values_supported!: readonly string[];
  @ApiProperty({ example: true }) tls_client_certificate_bound_access_tokens!: boolean;
  @ApiProperty(URI('/docs')) service_documentation!: string;
}

@ApiTags('oauth')
@Controller('.well-known')
export class MetadataController {
  private readonly metadata: ServerMetadataDto;

  constructor({ http: { publicUrl, tls } }: Config) {
    // A certificate can be shown only where this server speaks TLS itself, and asks for one.
    const takesCertificates = tls?.clientAuthoritiesFile != null;
    const methods = CLIENT_AUTH_METHODS.filter((method) => takesCertificates || method !== 'tls_client_auth');
    this.metadata = {
      issuer: publicUrl,
      token_endpoint: `${publicUrl}/oauth/token`,
      revocation_endpoint: `${publicUrl}/oauth/revoke`,
      introspection_endpoint: `${publicUrl}/oauth/introspect`,
      device_authorization_endpoint: `${publicUrl}/oauth/device_authorization`,
      jwks_uri: `${publicUrl}/.well-known/jwks.json`,
      scopes_supported: SCOPES,
      response_types_supported: [],
      grant_types_supported: GRANT_TYPES,
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
      introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
      introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
      dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
      tls_client_certificate_bound_access_tokens: takesCertificates,
      service_documentation: `${publicUrl}/docs`,
    };
  }

  @Get('oauth-authorization-server')
  @Public('clients find out here what there is')
  @Unaudited('it is the same for everybody, and every client fetches it')
  @Bucket('jwks')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ summary: 'What this authorization server offers (RFC 8414)' })
  @ApiOkResponse({ type: ServerMetadataDto })
  show(): ServerMetadataDto {
    return this.metadata;
  }
}
