import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Access, ACCESS } from './annotations.js';
import { requireState } from './request-state.js';

/**
 * Asserts, where Nest is about to run a handler, that the pipeline has authenticated and authorised for exactly this
 * handler's annotation. It decides nothing: it finds the route that was matched to the wrong policy, or served on a
 * path around the pipeline, and fails closed. Without annotations nothing runs.
 */
@Injectable()
export class PipelineGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const access = Reflect.getMetadata(ACCESS, handler) as Access | undefined;
    const state = requireState(context.switchToHttp().getRequest<FastifyRequest>());
    const name = `${context.getClass().name}.${handler.name}`;
    if (access === undefined || state.policy === null) throw new Error(`${name} has no policy`);
    if (state.policy.handler !== name) throw new Error(`${name} was reached under the policy of ${state.policy.handler}`);
    if (access.kind === 'public') return true;
    if (state.principal === null || state.authorised !== access.permission) throw new Error(`${name} was reached without authorisation`);
    return true;
  }
}
