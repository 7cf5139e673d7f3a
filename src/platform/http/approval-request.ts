import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ApprovableRequest } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { valuesOf } from './credential.js';
import { requireState } from './request-state.js';

const NOTHING = createHash('sha256').digest();

/** Of one request, what an approval covers. Throws `invalid-request` for an `Approval-Id` that is none. */
export function approvableRequestOf(request: FastifyRequest): ApprovableRequest {
  const { policy, path, bodyDigest } = requireState(request);
  if (policy === null) throw new Error('an approval is asked for without a route');
  const [approvalId = null, ...more] = valuesOf(request.raw.rawHeaders, 'approval-id');
  if (more.length > 0 || (approvalId !== null && !isUuid(approvalId))) {
    throw Fault.at(REQUEST_FAULTS['invalid-request'], 'header:Approval-Id', 'wrong-format', 'one lower-case UUID');
  }
  const target = request.raw.url ?? '';
  const end = target.indexOf('?');
  return {
    method: request.method,
    route: policy.route,
    path,
    query: end === -1 ? '' : target.slice(end),
    bodyDigest: (bodyDigest ?? NOTHING).toString('hex'),
    approvalId,
  };
}

/** Reads what `ApprovalRequest` gives. By this function the annotation check knows the routes that take an approval. */
export function readApprovalRequest(_: unknown, context: ExecutionContext): ApprovableRequest {
  return approvableRequestOf(context.switchToHttp().getRequest<FastifyRequest>());
}

/** The request, for deeds that may take a second person; with the approval that it presents. */
export const ApprovalRequest = createParamDecorator(readApprovalRequest);
