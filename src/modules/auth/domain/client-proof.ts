import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { AUTH_FAULTS } from './auth.faults.js';
import { ASSERTION_TYPE, parseAssertion, type UnverifiedAssertion } from './client-assertion.js';
import { CLI_CLIENT, type ClientAuthMethod } from './oauth-client.js';
import { SECRET_PREFIXES, secretHash } from './random-secret.js';

/** What a request to the OAuth endpoints brings along that could say who asks. */
export interface ClientRequest {
  readonly fields: ReadonlyMap<string, string>;
  /** Of an `Authorization: Basic`: what stood before and after the colon, decoded; null without. */
  readonly basic: { readonly id: string; readonly secret: string } | null;
  /** Of the certificate that the connection was made with, in base64url. */
  readonly certificateThumbprint: string | null;
  /** The client's address as the pipeline believes it. */
  readonly source: string;
}

/** Who a client says that it is, and by what it wants to show it. */
export interface ClientProof {
  /** As it was sent: not more than a claim. */
  readonly claimed: string;
  /** Null: it is no id that anything of ours has. */
  readonly clientId: string | null;
  readonly method: ClientAuthMethod;
  readonly secretHash: Buffer | null;
  readonly certificateThumbprint: Buffer | null;
  readonly assertion: UnverifiedAssertion | null;
}

const NOTHING = { secretHash: null, certificateThumbprint: null, assertion: null } as const;
const hashOf = (secret: string): Buffer | null => secretHash(SECRET_PREFIXES.clientSecret, secret);

/** RFC 7617 §2; told with every refusal, since a client may try by another way. */
export const CLIENT_CHALLENGE = 'Basic realm="quantonium", charset="UTF-8"';

export function invalidClient(detail?: string): Fault {
  return new Fault(AUTH_FAULTS['invalid-client'], { headers: { 'WWW-Authenticate': CLIENT_CHALLENGE }, ...(detail === undefined ? {} : { detail }) });
}

/** One way and no second (RFC 6749 §2.3): of two, somebody in between may have added one. Throws `invalid-request` and `invalid-client`. */
export function readProof({ fields, basic, certificateThumbprint }: ClientRequest): ClientProof {
  const secret = fields.get('client_secret');
  const assertion = fields.get('client_assertion');
  const named = fields.get('client_id');
  if ([basic ?? undefined, secret, assertion].filter((way) => way !== undefined).length > 1) throw wrong('client_id', 'One way of proving who asks, and no second.');
  if ((assertion === undefined) !== (fields.get('client_assertion_type') === undefined)) throw wrong('client_assertion_type', 'client_assertion and its type come together.');
  if (basic !== null) return { ...proofOf(basic.id, named), ...NOTHING, method: 'client_secret_basic', secretHash: hashOf(basic.secret) };
  if (assertion !== undefined) return byAssertion(assertion, fields.get('client_assertion_type')!, named);
  if (named === undefined) throw invalidClient();
  if (secret !== undefined) return { ...proofOf(named), ...NOTHING, method: 'client_secret_post', secretHash: hashOf(secret) };
  if (certificateThumbprint !== null && isUuid(named)) return { ...proofOf(named), ...NOTHING, method: 'tls_client_auth', certificateThumbprint: Buffer.from(certificateThumbprint, 'base64url') };
  return { ...proofOf(named), ...NOTHING, method: 'none' };
}

function byAssertion(text: string, type: string, named: string | undefined): ClientProof {
  if (type !== ASSERTION_TYPE) throw wrong('client_assertion_type', ASSERTION_TYPE);
  const assertion = parseAssertion(text);
  if (typeof assertion === 'string') throw invalidClient();
  return { ...proofOf(assertion.clientId, named), ...NOTHING, method: 'private_key_jwt', assertion };
}

/** RFC 7521 §4.2: where the client is named twice, it is the same. */
function proofOf(claimed: string, named?: string): Pick<ClientProof, 'claimed' | 'clientId'> {
  if (named !== undefined && named !== claimed) throw wrong('client_id', 'Not the client that the credential is of.');
  return { claimed, clientId: claimed === CLI_CLIENT.name ? CLI_CLIENT.id : isUuid(claimed) ? claimed : null };
}

function wrong(name: string, detail: string): Fault {
  return Fault.at(REQUEST_FAULTS['invalid-request'], `/${name}`, 'wrong', detail);
}
