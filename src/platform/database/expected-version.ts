import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** What a client knows a resource as: versions of it, any of which will do; null for any at all. */
export type ExpectedVersion = ReadonlySet<number> | null;

/** Refuses with 412 to change what the client has not seen. To be asked in the transaction that changes it, under its lock. */
export function requireVersion({ version }: { readonly version: number }, expected: ExpectedVersion): void {
  if (expected !== null && !expected.has(version)) throw new Fault(REQUEST_FAULTS['precondition-failed']);
}
