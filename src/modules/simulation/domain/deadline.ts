import { parseTime } from '#pure/encoding/rfc3339.js';
import { Fault } from '#pure/fault/fault.js';
import { SIMULATION_FAULTS } from './simulation.faults.js';

/** A job that waits longer is one that nobody waits for. */
export const DEADLINE_DAYS_MAX = 30;
const DEADLINE_MILLIS_MAX = DEADLINE_DAYS_MAX * 86_400_000;

/** The instant that a text of RFC 3339 names; null for none. Throws `invalid-simulation` where it is not to come, or too far off. */
export function deadlineOf(text: string | undefined, nowMillis: number): Date | null {
  if (text === undefined) return null;
  const millis = parseTime(text);
  if (millis === null) throw refusal('invalid', 'A time of RFC 3339, as 2026-11-23T18:00:00Z.');
  if (millis <= nowMillis || millis > nowMillis + DEADLINE_MILLIS_MAX) throw refusal('out-of-range', `A time to come, within ${DEADLINE_DAYS_MAX} days.`);
  return new Date(millis);
}

function refusal(code: string, detail: string): Fault {
  return Fault.at(SIMULATION_FAULTS['invalid-simulation'], '/deadline', code, detail);
}
