import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILTIN_ROLES } from './builtin-roles.js';
import { isGuardian } from './guardian.js';
import type { Rule } from './rule.js';

const allow = (resource: string, ...verbs: string[]): Rule => ({ effect: 'allow', resource, verbs });

describe('who is above those who administer accounts', () => {
  it('is the owner, the security-admin and who has broken the glass, of the builtin roles', () => {
    const above = Object.entries(BUILTIN_ROLES).filter(([, { rules }]) => isGuardian(rules)).map(([id]) => id);
    assert.deepEqual(above.sort(), ['break-glass', 'owner', 'security-admin']);
  });

  for (const rule of [allow('*', '*'), allow('*', 'decide'), allow('roles', '*'), allow('roles', 'bind'), allow('approvals', 'decide'), allow('signing-keys', 'revoke'), allow('separations', 'delete'), allow('break-glass', 'review')]) {
    it(`is whose role of any name allows ${rule.resource}:${rule.verbs.join()}`, () => {
      assert.equal(isGuardian([allow('simulation', 'read'), rule]), true);
      assert.equal(isGuardian([rule, { ...rule, effect: 'deny' }]), true, 'whatever is denied beside');
      assert.equal(isGuardian([{ ...rule, effect: 'deny' }]), false);
    });
  }

  for (const rule of [allow('*', 'read'), allow('roles', 'read'), allow('users', '*'), allow('role-bindings', '*'), allow('signing-keys', 'read')]) {
    it(`is nobody for ${rule.resource}:${rule.verbs.join()}`, () => assert.equal(isGuardian([rule]), false));
  }
});
