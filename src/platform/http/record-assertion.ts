import { Logger } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { eventsOf } from './annotations.js';
import type { RequestState } from './request-state.js';

const logger = new Logger('http');

/**
 * No acknowledgement without a record. Called with the status of an answer that is about to be sent: a success of an
 * audited route must have its declared event among those that committed. The deed is done by then and cannot be undone;
 * what can be done is not to acknowledge it, and to be loud: a handler that forgets its record is a bug of ours that
 * the first test of the route meets. One that records more than it declares is met by the first test too, and by an
 * auditor as an entry too many, which is no reason to withhold the answer.
 *
 * So it is with a second person: a route that takes one must have asked, whatever the answer to that was.
 */
export function assertRecorded(state: RequestState, status: number, production: boolean): void {
  if (state.policy === null || state.settled) return;
  state.settled = true;
  if (status < 200 || status > 299 || state.awaitsApproval) return;
  const { policy, trail } = state;
  if (policy.needsApproval?.when === null && trail.approval === undefined && trail.replayedStatus === null) {
    fail(`${policy.handler} answered ${status} and never asked whether that takes a second person`);
  }
  // That an approval was used up is told by an entry of its own, beside that of the deed.
  const codes = trail.committedEvents.filter(({ id }) => policy.needsApproval === null || id !== trail.approval?.eventId).map(({ code }) => code);
  const declared = eventsOf(policy.recording).map(({ code }) => code);
  const owed = policy.recording.kind === 'audited' && trail.replayedStatus === null;
  if (owed && !codes.some((code) => declared.includes(code))) {
    fail(`${policy.handler} answered ${status} without recording ${declared.join(' or ')}; recorded: ${codes.join(', ') || 'nothing'}`);
  }
  const allowed = new Set(policy.recording.kind === 'audited-when' ? [] : policy.recording.beside.map(({ code }) => code));
  const first = codes.findIndex((code) => declared.includes(code));
  const strange = codes.filter((code, index) => (declared.includes(code) ? index !== first : !allowed.has(code)));
  if (strange.length === 0) return;
  const complaint = `${policy.handler} declares ${declared.length === 0 ? 'no event' : `one ${declared.join(' or ')}`} and recorded beyond that ${strange.join(', ')}`;
  if (production) logger.error('a handler recorded what it does not declare', { complaint });
  else fail(complaint);
}

function fail(complaint: string): never {
  logger.fatal('a handler did not record what it declares', { complaint });
  throw new Fault(REQUEST_FAULTS['internal-error'], { cause: new Error(complaint) });
}
