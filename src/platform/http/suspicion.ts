import type { Fault, Suspicion } from '#pure/fault/fault.js';

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
