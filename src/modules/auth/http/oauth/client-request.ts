import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { valuesOf } from '#platform/http/credential.js';
import { decoded, formOf } from '#platform/http/form-fields.js';
import { sourceKeyOf } from '#platform/http/rate-limit/source-key.js';
import { thumbprintOf } from '#platform/http/tls/client-certificate.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { AUTH_FAULTS } from '../../domain/auth.faults.js';
import { readBasic } from '../../domain/basic-credential.js';
import { type ClientRequest, invalidClient } from '../../domain/client-proof.js';

/** A form and whatever came beside it that says who sends it. */
export interface OAuthRequest extends ClientRequest {
  /** Of an `Authorization: Bearer`: who asks about tokens may do so by one of their own. */
  readonly bearer: string | null;
  /** Of the one `DPoP` header. */
  readonly dpopProof: string | null;
}

/** One space, then RFC 9110 §11.2 `token68`, as for every other credential. */
const AUTHORIZATION = /^(Basic|Bearer) ([a-z0-9\-._~+/]+=*)$/i;

export const OAuthForm = createParamDecorator((_: unknown, context: ExecutionContext): OAuthRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { rawHeaders, socket } = request.raw;
  const proofs = valuesOf(rawHeaders, 'dpop');
  if (proofs.length > 1) throw new Fault(AUTH_FAULTS['invalid-dpop-proof']);
  return { fields: formOf(context), ...credentialOf(valuesOf(rawHeaders, 'authorization')), certificateThumbprint: thumbprintOf(socket), source: sourceKeyOf(request.ip), dpopProof: proofs[0] ?? null };
});

function credentialOf(lines: readonly string[]): Pick<OAuthRequest, 'basic' | 'bearer'> {
  if (lines.length === 0) return { basic: null, bearer: null };
  if (lines.length > 1) throw new Fault(REQUEST_FAULTS['invalid-request'], { detail: 'More than one credential was sent.' });
  const [, scheme, value] = AUTHORIZATION.exec(lines[0]!) ?? [];
  if (scheme === undefined || value === undefined) throw invalidClient();
  return scheme.toLowerCase() === 'bearer' ? { basic: null, bearer: value } : { basic: basicOf(value), bearer: null };
}

/** RFC 6749 §2.3.1: both halves are written as in a form, so that a colon in the name is no colon. */
function basicOf(value: string): { readonly id: string; readonly secret: string } {
  const { name, secret } = readBasic(value) ?? { name: '', secret: '' };
  if (name === '') throw invalidClient();
  return { id: decoded(name), secret: decoded(secret) };
}
