import type { StrictJsonError, StrictJsonErrorCode } from '#pure/canonical-json/strict-parse.js';
import { Fault, type Suspicion } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** JSON that no serialiser writes: made by hand, for two readers to read two things in it or for a prototype. */
const SUSPICIOUS: Readonly<Partial<Record<StrictJsonErrorCode, Suspicion>>> = {
  'duplicate-name': 'duplicate-name',
  'forbidden-name': 'prototype-name',
  'nul-character': 'nul-character',
};

/** The fault of a body that is not strict JSON; also where a handler parses it. */
export function malformedJson({ pointer, code, offset, detail }: StrictJsonError): Fault {
  const suspicion = SUSPICIOUS[code];
  return new Fault(REQUEST_FAULTS['malformed-json'], { detail: `At byte ${offset}: expected ${detail}.`, pointers: [{ pointer, code, detail }], ...(suspicion === undefined ? {} : { suspicion }) });
}
