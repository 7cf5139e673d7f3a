import { faultKinds } from './fault.js';

/** Refusals that any route can give: they belong to the request itself and not to a module. */
export const REQUEST_FAULTS = faultKinds({
  'malformed-request': { status: 400, title: 'The request is not well-formed HTTP.' },
  'malformed-json': { status: 400, title: 'The body is not strict JSON.' },
  'invalid-request': { status: 422, title: 'The request has fields that are missing, unknown or out of range.' },
  'unauthenticated': { status: 401, title: 'A valid credential is needed.' },
  'insufficient-scope': { status: 403, title: 'The token was not given the scope that this needs.' },
  'forbidden': { status: 403, title: 'This is not permitted.' },
  'password-change-required': { status: 403, title: 'The password must be changed first, with PUT /v1/auth/password.' },
  'approval-unavailable': { status: 403, title: 'This needs an approval, and approvals are not available.' },
  'not-found': { status: 404, title: 'There is nothing here that you may see.' },
  'method-not-allowed': { status: 405, title: 'This resource does not take that method.' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time.' },
  'conflict': { status: 409, title: 'The resource is in a state that does not allow this.' },
  'precondition-failed': { status: 412, title: 'The resource is not any more as If-Match says.' },
  'body-too-large': { status: 413, title: 'The body is larger than this route takes.' },
  'uri-too-long': { status: 414, title: 'The request target is too long.' },
  'unsupported-media-type': { status: 415, title: 'This route does not take that content type.' },
  'expectation-failed': { status: 417, title: 'The only expectation that is met is 100-continue.' },
  'headers-too-large': { status: 431, title: 'The request headers are too large.', suspicion: 'oversized-headers' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used before with another body.' },
  'idempotency-replay-refused': { status: 409, title: 'The deed was done before, and its secret is shown only once.' },
  'too-many-requests': { status: 429, title: 'Too many requests.' },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
  'unavailable': { status: 503, title: 'The service cannot do this right now.' },
  'audit-unavailable': { status: 503, title: 'The deed could not be recorded, so it was not done.' },
});
