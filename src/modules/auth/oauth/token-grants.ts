import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { noteAuthenticated } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Scope, SCOPES, systemPrincipal } from '#pure/principal/principal.js';
import { AUTH_EVENTS } from '../domain/auth.events.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { AUTH_METRICS } from '../domain/auth.metrics.js';
import { invalidClient } from '../domain/client-proof.js';
import type { ClientAuthMethod } from '../domain/oauth-client.js';
import { formatScopes, parseScopes } from '../domain/scope-request.js';
import { actorOf } from '../password-login.js';
import { RefreshTokens } from '../refresh-tokens.js';
import { Sessions } from '../sessions.js';
import { type Binding, type IssuedToken, type TokenGrant, TokenIssuer } from '../token-issuer.js';
import { type AuthenticatedClient, ClientAuthentication, type NamedClient, type ProvenProgram } from './client-authentication.js';
import { DeviceLogin } from './device-login.js';

/** A request for a token, by a client that has been authenticated. */
export interface GrantRequest {
  readonly client: AuthenticatedClient;
  readonly fields: ReadonlyMap<string, string>;
  /** Of the key whose proof came with the request; null where none did. */
  readonly dpopThumbprint: Buffer | null;
}

/** RFC 8176: what a program showed. */
const METHODS: Readonly<Record<Exclude<ClientAuthMethod, 'none'>, readonly string[]>> = {
  client_secret_basic: ['pwd'],
  client_secret_post: ['pwd'],
  private_key_jwt: ['swk'],
  tls_client_auth: ['swk'],
};

const SYSTEM = systemPrincipal('token-grants');

/** What may be exchanged for a token, and by whom. */
@Injectable()
export class TokenGrants {
  private readonly grants: Readonly<Record<string, (request: GrantRequest) => Promise<IssuedToken>>> = {
    'client_credentials': (request) => this.clientCredentials(request),
    'refresh_token': (request) => this.refresh(request),
    'urn:ietf:params:oauth:grant-type:device_code': (request) => this.device(request),
  };

  constructor(
    private readonly uow: UnitOfWork,
    private readonly authentication: ClientAuthentication,
    private readonly sessions: Sessions,
    private readonly refreshTokens: RefreshTokens,
    private readonly devices: DeviceLogin,
    private readonly issuer: TokenIssuer,
    private readonly audit: AuditLog,
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
    const confirmation = bindingOf(client, dpopThumbprint);
    const grant = await this.uow.run(SYSTEM, (tx) => this.open(tx, client, scopes, confirmation));
    if (grant instanceof Fault) throw await this.authentication.failed(client.proof.claimed, client.source, grant);
    this.metrics.increment(AUTH_METRICS.auth_logins_total, { outcome: 'succeeded' });
    return this.issuer.issue(grant);
  }

  private async open(tx: Tx, client: ProvenProgram, scopes: ReadonlySet<Scope>, confirmation: Binding | null): Promise<TokenGrant | Fault> {
    const principal = await this.authentication.prove(tx, client);
    if (principal === null) return invalidClient();
    // A secret that was copied comes like this.
    if (principal.dpopRequired && confirmation === null) return new Fault(AUTH_FAULTS['invalid-dpop-proof']);
    const methods = client.method === 'none' ? [] : METHODS[client.method];
    const grant = await this.sessions.open(tx, principal, { scopes, methods, assurance: 'aal1', confirmation, credentialId: client.credential.id });
    await this.audit.append(tx, {
      kind: AUTH_EVENTS['auth.login'],
      outcome: 'success',
      actor: actorOf(grant),
      targets: [{ type: 'service-account', uid: principal.id }, { type: 'session', uid: grant.sessionId }, { type: client.credential.type, uid: client.credential.id }],
      facts: { scopes: formatScopes(scopes) },
    });
    return grant;
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
