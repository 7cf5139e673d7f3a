import { ANY, type Rule, ruleMatches } from './rule.js';

/**
 * By which somebody decides what others may do, or what is believed of them: verbs by resource. Who administers accounts
 * must not be able to remove, rename or lock out whoever has one of these: that would be a way up.
 */
const GUARDING: Readonly<Record<string, readonly string[]>> = {
  'roles': ['create', 'update', 'delete', 'escalate', 'bind'],
  'separations': ['create', 'delete'],
  'approvals': ['decide'],
  'signing-keys': ['rotate', 'revoke'],
  'break-glass': ['enroll', 'review'],
};

/** Whether some allow of these, by whatever role, gives one of those powers; a deny beside it makes nobody smaller here. */
export function isGuardian(rules: readonly Rule[]): boolean {
  return rules.some((rule) => rule.effect === 'allow' && Object.entries(GUARDING).some(([resource, verbs]) => [...verbs, ANY].some((verb) => ruleMatches(rule, resource, verb))));
}
