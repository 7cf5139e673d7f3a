import { HttpException } from '@nestjs/common';
import { Fault, type FaultKind } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/**
 * From whatever was thrown to the fault that the client is shown: one mapping, whose default hides. Messages of
 * frameworks are never passed on, because they repeat paths, fields and values; a fault's own words are ours.
 */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const kind = ofFastify(thrown) ?? (thrown instanceof HttpException ? (ofFastify(thrown.cause) ?? ofStatus(thrown.getStatus())) : undefined);
  return new Fault(kind ?? REQUEST_FAULTS['internal-error'], { cause: thrown });
}

/** Fastify's own refusals; its other errors are mistakes of ours. */
const FASTIFY_CODES: Readonly<Record<string, FaultKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: REQUEST_FAULTS['body-too-large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: REQUEST_FAULTS['unsupported-media-type'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: REQUEST_FAULTS['malformed-request'],
  FST_ERR_CTP_EMPTY_TYPE: REQUEST_FAULTS['unsupported-media-type'],
  FST_ERR_BAD_URL: REQUEST_FAULTS['malformed-request'],
  FST_ERR_MAX_PARAM_LENGTH: REQUEST_FAULTS['uri-too-long'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: REQUEST_FAULTS['unsupported-media-type'],
};

function ofFastify(thrown: unknown): FaultKind | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' && Object.hasOwn(FASTIFY_CODES, code) ? FASTIFY_CODES[code] : undefined;
}

/** Nest's own exceptions reach here from its router and from libraries; modules throw faults. */
const STATUSES: Readonly<Record<number, FaultKind>> = {
  400: REQUEST_FAULTS['malformed-request'],
  401: REQUEST_FAULTS.unauthenticated,
  403: REQUEST_FAULTS.forbidden,
  404: REQUEST_FAULTS['not-found'],
  405: REQUEST_FAULTS['method-not-allowed'],
  408: REQUEST_FAULTS['request-timeout'],
  409: REQUEST_FAULTS.conflict,
  413: REQUEST_FAULTS['body-too-large'],
  414: REQUEST_FAULTS['uri-too-long'],
  415: REQUEST_FAULTS['unsupported-media-type'],
  422: REQUEST_FAULTS['invalid-request'],
  429: REQUEST_FAULTS['too-many-requests'],
  431: REQUEST_FAULTS['headers-too-large'],
  503: REQUEST_FAULTS.unavailable,
};

function ofStatus(status: number): FaultKind | undefined {
  return STATUSES[status];
}
