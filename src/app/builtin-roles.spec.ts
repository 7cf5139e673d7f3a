import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILTIN_ROLES } from '#modules/rbac/index.js';
import { collect, DECLARATIONS } from './catalogue.js';

/** rbac names permissions of modules that it may not import: only up here can one see whether they exist. */
describe('builtin roles', () => {
  const names = new Set<string>(collect(DECLARATIONS).permissions.map((permission) => permission.name));

  for (const [role, { rules }] of Object.entries(BUILTIN_ROLES)) {
    it(`names only permissions that exist: ${role}`, () => {
      const named = rules.flatMap(({ resource, verbs }) => verbs.filter((verb) => verb !== '*').map((verb) => `${resource}:${verb}`));
      assert.deepEqual(named.filter((name) => !names.has(name)), []);
    });
  }

  it('leaves no permission that only a wildcard gives, beyond those of the owner alone', () => {
    const given = (name: string): boolean => {
      const [resource, verb] = name.split(':') as [string, string];
      return Object.entries(BUILTIN_ROLES).some(([role, { rules }]) => role !== 'owner' && rules.some((rule) => rule.effect === 'allow' && rule.resource === resource && rule.verbs.some((each) => each === verb || each === '*')));
    };
    const everyones = new Set<string>(collect(DECLARATIONS).permissions.filter(({ everyone }) => everyone).map(({ name }) => name));
    const ownersAlone = [...names].filter((name) => !everyones.has(name) && !given(name));
    // Somebody decided each of these: a new permission is put into a role, or here.
    assert.deepEqual(ownersAlone, ['audit:erase', 'break-glass:enroll', 'roles:bind', 'roles:escalate', 'sys:seal']);
  });
});
