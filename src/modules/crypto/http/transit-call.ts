import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyBytesOf, principalOf, requestIdOf, vaultNamespaceOf } from '#platform/http/parameters.js';
import type { Principal } from '#pure/principal/principal.js';

/** One request of a client of Vault, as all handlers of keys want it. */
export interface TransitCall {
  readonly principal: Principal;
  readonly namespace: string | null;
  readonly requestId: string;
  /** The segment `:name`; empty where the route has none. */
  readonly name: string;
  /** Every segment of the path that has a name. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Nothing in it is there twice: such a query is refused whole. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Empty where there was none. The handler's alone. */
  readonly bytes: Buffer;
  /** For the status and type of an answer that the handler returns. */
  readonly reply: FastifyReply;
}

export function readTransitCall(_: unknown, context: ExecutionContext): TransitCall {
  const http = context.switchToHttp();
  const { params, query } = http.getRequest<FastifyRequest<{ Params: TransitCall['params']; Querystring: TransitCall['query'] }>>();
  return {
    principal: principalOf(context),
    namespace: vaultNamespaceOf(context),
    requestId: requestIdOf(context),
    name: params['name'] ?? '',
    params,
    query,
    bytes: bodyBytesOf(context),
    reply: http.getResponse<FastifyReply>(),
  };
}

export const Call = createParamDecorator(readTransitCall);
