import { auditEvents } from '#pure/audit-event/audit-event.js';

/**
 * OCSF 6003 API Activity, 6002 Application Lifecycle, 1008 Event Log Activity, 3001 Account Change and 2004 Detection
 * Finding; activity 99 is «other», named by the event's own code.
 */
export const AUDIT_EVENTS = auditEvents({
  'access.denied': { classUid: 6003, activityId: 99, severityId: 2, description: 'Requests were refused for who made them or what they asked; count says how many' },
  'request.fail': { classUid: 6003, activityId: 99, severityId: 3, description: 'Requests failed on our side in a way that nobody foresaw; count says how many' },
  'audit.denials.lost': { classUid: 6002, activityId: 99, severityId: 4, description: 'Refusals went unrecorded while the ledger could not be written' },
  'audit.log.name': { classUid: 6002, activityId: 99, severityId: 2, description: 'The log was given its origin, under which it is signed from then on' },
  'audit.log.fork': { classUid: 6002, activityId: 99, severityId: 5, description: 'The log contradicts what was attested outside of it: nothing is signed any more' },
  'audit.log.succeed': { classUid: 6002, activityId: 99, severityId: 4, description: 'The first entry of a log that continues an abandoned one, which it names' },
  'audit.log.resume': { classUid: 6002, activityId: 99, severityId: 4, description: 'An operator found that the log agrees with what was attested outside of it, and lets it be signed again' },
  'audit.attestation.fail': { classUid: 6002, activityId: 99, severityId: 3, description: 'A witness or an anchor has not confirmed for a while' },
  'audit.attestation.recover': { classUid: 6002, activityId: 99, description: 'A witness or an anchor confirms again' },
  'audit.entry.read': { classUid: 6003, activityId: 2, description: 'An entry of the ledger was handed out' },
  'audit.search': { classUid: 6003, activityId: 2, description: 'The ledger was searched, or an export of it begun; the facts say for what' },
  'audit.export': { classUid: 1008, activityId: 3, severityId: 2, description: 'An export of entries has ended; count says how many went out, complete whether those were all' },
  'audit.bundle.read': { classUid: 6003, activityId: 2, description: 'A bundle of entries was handed out' },
  'audit.verify.request': { classUid: 1008, activityId: 99, description: 'A verification of the whole ledger was asked for' },
  'audit.verify.complete': { classUid: 1008, activityId: 99, description: 'The whole ledger was verified, and all is well' },
  'audit.verify.fail': { classUid: 1008, activityId: 99, severityId: 5, description: 'The stored ledger contradicts itself' },
  'audit.subject.erase': { classUid: 3001, activityId: 6, severityId: 3, description: 'The keys of a person\'s data were destroyed' },
  'audit.prune': { classUid: 1008, activityId: 2, severityId: 2, description: 'Bodies of entries past their retention were removed' },
  'alert.raise': { classUid: 2004, activityId: 1, severityId: 3, description: 'A detection rule fired' },
  'alert.acknowledge': { classUid: 2004, activityId: 2, description: 'Somebody took an alert on' },
  'alert.resolve': { classUid: 2004, activityId: 3, description: 'An alert was closed' },
  'alert.reopen': { classUid: 2004, activityId: 2, severityId: 3, description: 'An alert that was closed is open again' },
  'alert.suppress': { classUid: 2004, activityId: 2, severityId: 2, description: 'An alert is silenced until a time' },
  'alert.unsuppress': { classUid: 2004, activityId: 2, description: 'An alert is not silenced any more' },
  'alert.rule.test': { classUid: 6003, activityId: 2, description: 'A detection rule was tried over a part of the ledger' },
  'webhook.create': { classUid: 6003, activityId: 1, severityId: 2, description: 'A webhook was made' },
  'webhook.update': { classUid: 6003, activityId: 3, severityId: 2, description: 'A webhook was changed' },
  'webhook.secret.rotate': { classUid: 6003, activityId: 3, severityId: 2, description: 'A webhook was given a new secret' },
  'webhook.test': { classUid: 6003, activityId: 3, description: 'A test message was sent to a webhook' },
  'webhook.disable': { classUid: 6003, activityId: 3, severityId: 2, description: 'A webhook was switched off, by a person or because its receiver is gone' },
  'webhook.delete': { classUid: 6003, activityId: 4, severityId: 2, description: 'A webhook was removed' },
});
