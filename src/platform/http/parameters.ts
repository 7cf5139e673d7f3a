import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext, Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { IdempotentRequest } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { credentialOf, valuesOf } from './credential.js';
import { requireState } from './request-state.js';
import { streamedBody } from './streamed-body.js';
import { thumbprintOf } from './tls/client-certificate.js';
import { sourceKeyOf } from './rate-limit/source-key.js';

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** Who asks. Only on routes that `@Requires`: elsewhere nobody was authenticated, and that is a mistake of the handler. */
export function principalOf(context: ExecutionContext): Principal {
  const { principal } = requireState(requestOf(context));
  if (principal === null) throw new Error(`${context.getClass().name}.${context.getHandler().name} asks for the principal of a public route`);
  return principal;
}

export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) => principalOf(context));

/** 1 to 255 visible ASCII characters; the draft's quoted string counts as the characters that it is written with. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const NOTHING = createHash('sha256').digest();

/** Reads what `IdempotencyRequest` gives. By this function the annotation check knows the routes that take a key. */
export function readIdempotencyRequest(_: unknown, context: ExecutionContext): IdempotentRequest | null {
  const request = requestOf(context);
  const keys = valuesOf(request.raw.rawHeaders, 'idempotency-key');
  if (keys.length === 0) return null;
  if (keys.length > 1 || !IDEMPOTENCY_KEY.test(keys[0]!)) {
    throw Fault.at(REQUEST_FAULTS['invalid-request'], 'header:Idempotency-Key', 'wrong-format', 'one value of 1 to 255 visible ASCII characters');
  }
  const { policy, path, bodyDigest } = requireState(request);
  if (policy === null) throw new Error('an idempotent request without a route');
  // The path and not the pattern: what is made below one object was not made below another.
  return { key: keys[0]!, route: `${policy.method} ${path}`, bodyDigest: bodyDigest ?? NOTHING };
}

/** What the client says to make a repeated request harmless; null when it does not say. Throws `invalid-request`. */
export const IdempotencyRequest = createParamDecorator(readIdempotencyRequest);

/** The body of a `@StreamedBody` route, unread. */
export const BodyStream = createParamDecorator((_: unknown, context: ExecutionContext): AsyncIterable<Uint8Array> => streamedBody(requestOf(context)));

const NO_BYTES = Buffer.alloc(0);

/** The body of an `@UnparsedBody` route, as it arrived; empty when there was none. The handler's alone. */
export function bodyBytesOf(context: ExecutionContext): Buffer {
  const { body } = requestOf(context);
  return Buffer.isBuffer(body) ? body : NO_BYTES;
}

export const BodyBytes = createParamDecorator((_: unknown, context: ExecutionContext) => bodyBytesOf(context));

/** The project that a request in the Vault dialect is about: one `X-Vault-Namespace`, without the slashes that its clients add; null without. */
export function vaultNamespaceOf(context: ExecutionContext): string | null {
  const [namespace, ...more] = valuesOf(requestOf(context).raw.rawHeaders, 'x-vault-namespace');
  if (more.length > 0) throw Fault.at(REQUEST_FAULTS['invalid-request'], 'header:X-Vault-Namespace', 'wrong-format', 'one value');
  const bare = namespace?.replace(/^\/|\/$/g, '') ?? '';
  return bare === '' || bare === 'root' ? null : bare;
}

export const VaultNamespace = createParamDecorator((_: unknown, context: ExecutionContext) => vaultNamespaceOf(context));

/** The id of the exchange, for dialects whose answers repeat it in the body. */
export const requestIdOf = (context: ExecutionContext): string => requireState(requestOf(context)).trail.requestId;

export const RequestId = createParamDecorator((_: unknown, context: ExecutionContext) => requestIdOf(context));

/** The credential as it was presented, for answers that repeat it to who sent it. Only on routes that `@Requires`. */
export const PresentedCredential = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const request = requestOf(context);
  const credential = credentialOf(request.raw.rawHeaders, requireState(request).rule);
  if (credential === null) throw new Error(`${context.getClass().name}.${context.getHandler().name} asks for the credential of a public route`);
  return credential.value;
});

/** SHA-256 of the client certificate that the connection was made with, in base64url; null where there is none to rely on. */
export const CertificateThumbprint = createParamDecorator((_: unknown, context: ExecutionContext): string | null => thumbprintOf(requestOf(context).raw.socket));

/** The proofs of possession that a request of a public route came with, and what they have to be for (RFC 9449 §5). */
export interface ProofsOfRequest {
  readonly method: string;
  /** As the client sent it, without the query. */
  readonly path: string;
  /** The values of its `DPoP` headers. */
  readonly proofs: readonly string[];
}

export const PresentedProofs = createParamDecorator((_: unknown, context: ExecutionContext): ProofsOfRequest => {
  const request = requestOf(context);
  return { method: request.method, path: requireState(request).path, proofs: valuesOf(request.raw.rawHeaders, 'dpop') };
});

/** The network that the request came from, as limits count it: an IPv4 address, or an IPv6 /64. Personal data. */
export const RequestSource = createParamDecorator((_: unknown, context: ExecutionContext): string => sourceKeyOf(requestOf(context).ip));

/**
 * How long the client is ready to wait for a result, in milliseconds: `Prefer: wait=N` of RFC 7240 §4.3, N in seconds,
 * capped at `max` seconds (60 unless told); 0 when it does not say. A preference that is not understood is ignored, as
 * RFC 7240 §2 demands.
 */
export const PreferredWaitMillis = createParamDecorator((max: number | undefined, context: ExecutionContext): number =>
  preferredWaitMillis(valuesOf(requestOf(context).raw.rawHeaders, 'prefer'), max ?? 60),
);

export function preferredWaitMillis(prefer: readonly string[], secondsMax: number): number {
  // The first mention of a preference counts (RFC 7240 §2).
  for (const preference of prefer.flatMap((value) => value.split(','))) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]), secondsMax) * 1000;
  }
  return 0;
}

/** A path parameter that is an id: canonical lower-case UUID, else 422 with its pointer, before anything looks it up. */
@Injectable()
export class UuidParam implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (isUuid(value)) return value;
    throw Fault.at(REQUEST_FAULTS['invalid-request'], `path:${metadata.data ?? 'id'}`, 'wrong-format', 'a lower-case UUID');
  }
}
