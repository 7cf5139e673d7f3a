import type { FastifyRequest } from 'fastify';
import type { Fault, Suspicion } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { requireState } from './request-state.js';

/** A dot and a slash as themselves, encoded, encoded twice, and in the two-byte form that UTF-8 forbids; a backslash is a slash to somebody. */
const DOT = String.raw`(?:\.|%(?:25)?2e|%c0%ae)`;
const SLASH = String.raw`(?:[/\\]|%(?:25)?(?:2f|5c)|%c0%af)`;
/** Two dots that are a whole segment. */
const TRAVERSAL = new RegExp(`(?:^|${SLASH})${DOT}{2}(?:$|${SLASH})`, 'i');
const NUL = /%(?:25)?00/;

/**
 * What a refused request looks like an attack by: as the refusal says, else by its target, whatever it was refused for;
 * null for an honest mistake.
 */
export function suspicionOf({ kind, context }: Fault, target: string): Suspicion | null {
  if (kind.status < 400 || kind.status > 499) return null;
  const said = context.suspicion ?? kind.suspicion;
  if (said !== undefined) return said;
  if (TRAVERSAL.test(target)) return 'traversal';
  return NUL.test(target) ? 'nul-character' : null;
}

/** Refused for who asks, or for how often. A 404 is one only where its fault says so. */
const DENYING: ReadonlySet<number> = new Set([401, 403, 429]);

/** What the pipeline records of a request that nobody else has recorded anything of; a failure of ours always. */
export function isDenial(fault: Fault, target: string): boolean {
  const { kind, context: { concealed = false } } = fault;
  return DENYING.has(kind.status) || concealed || suspicionOf(fault, target) !== null || kind === REQUEST_FAULTS['internal-error'];
}

/** Whether a handler that records its failures leaves this one to the pipeline, which knows more about it. */
export function isLeftToPipeline(fault: Fault, request: FastifyRequest): boolean {
  return isDenial(fault, requireState(request).path);
}
