import { auditEvents } from '#pure/audit-event/audit-event.js';

/** OCSF 6003 API Activity (1 create) and 3005 User Access Management (1 assign, 2 revoke privileges). */
export const RBAC_EVENTS = auditEvents({
  'rbac.project.create': { classUid: 6003, activityId: 1, description: 'A project was made.' },
  'rbac.role.create': { classUid: 6003, activityId: 1, severityId: 2, description: 'A role was made.' },
  'rbac.role.update': { classUid: 6003, activityId: 3, severityId: 2, description: 'What a role says was changed.' },
  'rbac.role.delete': { classUid: 6003, activityId: 4, severityId: 2, description: 'A role was removed.' },
  'rbac.separation.create': { classUid: 6003, activityId: 1, severityId: 2, description: 'Two roles must not be held together any more.' },
  'rbac.separation.delete': { classUid: 6003, activityId: 4, severityId: 3, description: 'Two roles may be held together again.' },
  'rbac.project.update': { classUid: 6003, activityId: 3, description: 'A project was renamed.' },
  'rbac.project.archive': { classUid: 6003, activityId: 3, severityId: 2, description: 'A project was archived: nothing new is made in it.' },
  'rbac.project.unarchive': { classUid: 6003, activityId: 3, severityId: 2, description: 'An archived project was taken into use again.' },
  'rbac.project.member.set': { classUid: 3005, activityId: 1, severityId: 2, description: 'It was said which roles a subject has in a project; each that was given or taken has an entry beside.' },
  'rbac.project.member.remove': { classUid: 3005, activityId: 2, severityId: 2, description: 'A subject was taken out of a project; each role has an entry beside.' },
  'rbac.policy.ask': { classUid: 6003, activityId: 2, description: 'Somebody asked who may do what, and why.' },
  'rbac.role-binding.create': { classUid: 3005, activityId: 1, severityId: 2, description: 'A role was given to a subject.' },
  'rbac.role-binding.list.across-projects': { classUid: 6003, activityId: 2, description: 'Role bindings of more than one project were listed.' },
  'rbac.role-binding.delete': { classUid: 3005, activityId: 2, severityId: 2, description: 'A role was taken from a subject.' },
  'rbac.project.approvals': { classUid: 6003, activityId: 3, severityId: 3, description: 'Whether deeds in a project take a second person was changed.' },
  'rbac.approval.request': { classUid: 6003, activityId: 1, description: 'A deed was asked for that takes a second person.' },
  'rbac.approval.approve': { classUid: 6003, activityId: 3, severityId: 2, description: 'A second person approved a deed.' },
  'rbac.approval.reject': { classUid: 6003, activityId: 3, description: 'A deed was not approved.' },
  'rbac.approval.withdraw': { classUid: 6003, activityId: 3, description: 'Whoever asked for an approval does not need it any more.' },
  'rbac.approval.use': { classUid: 6003, activityId: 3, description: 'An approval was used up by the deed that it was given for.' },
});
