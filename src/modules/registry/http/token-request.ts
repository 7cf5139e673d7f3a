import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type AccessScope, parseAccessScope } from '#pure/oci/access-scope.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';

/** As many as any client asks for at once, by a factor of four: a token is sent with every request, and must fit in a header. */
export const SCOPES_MAX = 16;

/** What is asked for, by query or by form alike. */
export interface TokenRequest {
  readonly access: readonly AccessScope[];
  /** Whether the client wants something that it can keep. */
  readonly isOffline: boolean;
}

/** How somebody proves who they are in a form. */
export type TokenProof = { readonly kind: 'password' | 'refresh_token'; readonly secret: string };

/** The scopes that nobody knows are left out: a scope asks, it does not demand. Fault: parameter-invalid. */
function accessOf(scopes: readonly string[], pointer: string): readonly AccessScope[] {
  if (scopes.length > SCOPES_MAX) throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], pointer, 'too-many', `At most ${SCOPES_MAX} scopes at a time.`);
  return scopes.flatMap((scope) => parseAccessScope(scope) ?? []);
}

/** A client that was sent here by another registry must not get a token of ours for it. */
function requireService(sent: string | null | undefined, service: string, pointer: string): void {
  if (sent != null && sent !== service) throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], pointer, 'unknown-service', `This is where tokens for ${service} come from.`);
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

/** Of `GET /token`: `scope` may come several times, and hold several. */
export function readTokenQuery(target: string, service: string): TokenRequest {
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  requireService(query.get('service'), service, 'query:service');
  return { access: accessOf(query.getAll('scope').flatMap(words), 'query:scope'), isOffline: query.get('offline_token') === 'true' };
}

/** Of `POST /token`. Fault: parameter-invalid; a credential that is missing is refused as one that is wrong. */
export function readTokenForm(fields: ReadonlyMap<string, string>, service: string): TokenRequest & { readonly proof: TokenProof } {
  const kind = fields.get('grant_type');
  if (kind !== 'password' && kind !== 'refresh_token') throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], '/grant_type', 'unknown-grant', 'password or refresh_token');
  requireService(fields.get('service'), service, '/service');
  const secret = fields.get(kind);
  if (secret === undefined) throw new Fault(REQUEST_FAULTS.unauthenticated);
  return { access: accessOf(words(fields.get('scope') ?? ''), '/scope'), isOffline: fields.get('access_type') === 'offline', proof: { kind, secret } };
}
