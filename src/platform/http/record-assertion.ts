import { Logger } from '@nestjs/common';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { eventOf } from './annotations.js';
import type { RequestState } from './request-state.js';

const logger = new Logger('http');

/**
 * No acknowledgement without a record. Called with the status of an answer that is about to be sent: a success of an
 * audited route must have its declared event among those that committed. The deed is done by then and cannot be undone;
 * what can be done is not to acknowledge it, and to be loud: a handler that forgets its record is a bug of ours that
 * the first test of the route meets.
 */
export function assertRecorded(state: RequestState, status: number, production: boolean): void {
  if (state.policy === null || state.settled) return;
  state.settled = true;
  if (status < 200 || status > 299) return;
  const { policy, trail } = state;
  const codes = trail.committedEvents.map(({ code }) => code);
  if (policy.recording.kind === 'audited') {
    if (trail.replayedStatus !== null || codes.includes(policy.recording.event.code)) return;
    return fail(`${policy.handler} answered ${status} without recording ${policy.recording.event.code}; recorded: ${codes.join(', ') || 'nothing'}`);
  }
  const allowed = eventOf(policy.recording)?.code;
  const strange = codes.filter((code) => code !== allowed);
  if (strange.length === 0) return;
  const complaint = `${policy.handler} declares ${allowed === undefined ? 'no event' : `at most ${allowed}`} and recorded ${strange.join(', ')}`;
  if (production) logger.error(complaint);
  else fail(complaint);
}

function fail(complaint: string): never {
  logger.fatal(complaint);
  throw new Fault(REQUEST_FAULTS['internal-error'], { cause: new Error(complaint) });
}
