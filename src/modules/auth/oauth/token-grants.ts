import { Injectable } from '@nestjs/common';
import { Metrics } from '#platform/metrics/metrics.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, SCOPES } from '#pure/principal/principal.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_METRICS } from '../domain/auth.metrics.js';
import { parseScopes } from '../domain/scope-request.js';
import { RefreshTokens } from '../refresh-tokens.js';
import { type Binding, type IssuedToken, TokenIssuer } from '../token-issuer.js';
import { type AuthenticatedClient, ClientAuthentication, type NamedClient, type ProvenProgram } from './client-authentication.js';
import { DeviceLogin } from './device-login.js';
import { ProgramLogins } from './program-logins.js';

/** A request for a token, by a client that has been authenticated. */
export interface GrantRequest {
  readonly client: AuthenticatedClient;
  readonly fields: ReadonlyMap<string, string>;
  /** Of the key whose proof came with the request; null where none did. */
  readonly dpopThumbprint: Buffer | null;
}

/** What may be exchanged for a token, and by whom. */
@Injectable()
export class TokenGrants {
  private readonly grants: Readonly<Record<string, (request: GrantRequest) => Promise<IssuedToken>>> = {
    'client_credentials': (request) => this.clientCredentials(request),
    'refresh_token': (request) => this.refresh(request),
    'urn:ietf:params:oauth:grant-type:device_code': (request) => this.device(request),
  };

  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly programs: ProgramLogins,
    private readonly refreshTokens: RefreshTokens,
    private readonly devices: DeviceLogin,
    private readonly issuer: TokenIssuer,
    private readonly metrics: Metrics,
  ) {}

  /** Faults: those of RFC 6749 §5.2, RFC 8628 §3.5 and RFC 9449 §5. */
  async exchange(request: GrantRequest): Promise<IssuedToken> {
    const type = required(request.fields, 'grant_type');
    if (!Object.hasOwn(this.grants, type)) throw new Fault(AUTH_FAULTS['unsupported-grant-type']);
    return this.grants[type]!(request);
  }

  /** RFC 6749 §4.4. No refresh token (§4.4.3): what it proved itself by is as good as one. */
  private async clientCredentials({ client, fields, dpopThumbprint }: GrantRequest): Promise<IssuedToken> {
    if (client.kind !== 'program') throw new Fault(AUTH_FAULTS['unauthorized-client']);
    const scopes = scopesOf(fields) ?? new Set(SCOPES);
    const grant = await this.programs.open({ client, scopes, confirmation: bindingOf(client, dpopThumbprint) });
    if (grant instanceof Fault) throw await this.authentication.failed(client.proof.claimed, client.source, grant);
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
    return this.issuer.issue(grant);
  }

  private async refresh({ client, fields, dpopThumbprint }: GrantRequest): Promise<IssuedToken> {
    const { client: { id: clientId } } = personal(client, dpopThumbprint);
    const scopes = scopesOf(fields);
    try {
      const token = await this.refreshTokens.redeem(required(fields, 'refresh_token'), { clientId, dpopThumbprint, ...(scopes === null ? {} : { scopes }) });
      noteAuthenticated(true);
      return token;
    } catch (error) {
      throw inWordsOfOAuth(error);
    }
  }

  private async device({ client, fields, dpopThumbprint }: GrantRequest): Promise<IssuedToken> {
    return this.devices.redeem(personal(client, dpopThumbprint).client, required(fields, 'device_code'), dpopThumbprint);
  }
}

/** What people have given is for the client that they gave it to: a service account is no one's command line. */
function personal(client: AuthenticatedClient, dpopThumbprint: Buffer | null): NamedClient {
  if (client.kind !== 'public') throw new Fault(AUTH_FAULTS['unauthorized-client']);
  if (client.client.dpopRequired && dpopThumbprint === null) throw new Fault(AUTH_FAULTS['invalid-dpop-proof']);
  return client;
}

/** A certificate binds more than a proof: it is of the connection itself. */
function bindingOf({ method, certificateThumbprint }: ProvenProgram, dpopThumbprint: Buffer | null): Binding | null {
  if (method === 'tls_client_auth' && certificateThumbprint !== null) return { kind: 'certificate', thumbprint: certificateThumbprint };
  return dpopThumbprint === null ? null : { kind: 'dpop', thumbprint: dpopThumbprint };
}

/** Throws `invalid-scope`. Null when nothing is said. */
export function scopesOf(fields: ReadonlyMap<string, string>): ReadonlySet<Scope> | null {
  const text = fields.get('scope');
  if (text === undefined) return null;
  const scopes = parseScopes(text);
  if (scopes === null) throw new Fault(AUTH_FAULTS['invalid-scope']);
  return scopes;
}

export function required(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/${name}`, 'required', `${name} is missing.`);
  return value;
}

/** The engine of refresh tokens speaks to our own login too. */
function inWordsOfOAuth(error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  if (error.kind === AUTH_FAULTS['refresh-refused']) return new Fault(AUTH_FAULTS['invalid-grant'], { cause: error });
  return error.context.pointers?.[0]?.pointer === '/scope' ? new Fault(AUTH_FAULTS['invalid-scope'], { cause: error }) : error;
}
