import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { customRole, give, newProject, newSubject, OTHERS_PERMISSIONS } from '../../../test/harness/policy.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { standingBy } from '../auth/auth-standing.module.js';
import { PrincipalRepository } from '../auth/persistence/principal.repository.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { StandingPolicies } from './standing-policies.js';
import { SubjectStanding } from './subject-standing.js';

const READ = OTHERS_PERMISSIONS['audit:read'];

describe('what somebody may do who is not here', () => {
  let database: TestDatabase;
  let [red, blue]: string[] = [];
  const clock = new HandClock();
  const standing = new SubjectStanding(
    new StandingPolicies(new RoleBindingRepository(), standingBy(new PrincipalRepository())),
    standingBy(new PrincipalRepository()),
    clock,
  );
  before(async () => {
    database = await openTestDatabase();
    [red, blue] = [await newProject(database), await newProject(database)];
  });
  after(() => database.close());

  /** As the login that delivers, which may read policy and nothing more of it. */
  const permits = (subjectId: string, projectId: string | null): Promise<boolean> => database.sequencer.run(systemPrincipal('spec'), (tx) => standing.permits(tx, subjectId, READ, projectId));
  const everywhere = async (subjectId: string): Promise<boolean[]> => [await permits(subjectId, null), await permits(subjectId, red!), await permits(subjectId, blue!)];

  it('is nothing without a role, and for who is nobody', async () => {
    assert.deepEqual(await everywhere(await newSubject(database)), [false, false, false]);
    assert.equal(await permits('0198c0de-0000-7000-8000-00000000dead', null), false);
  });

  it('is what a role gives where it was given', async () => {
    const [global, ofRed] = [await newSubject(database), await newSubject(database)];
    await give(database, global, 'auditor');
    await give(database, ofRed, 'security-admin', red);
    assert.deepEqual(await everywhere(global), [true, true, true]);
    assert.deepEqual(await everywhere(ofRed), [false, true, false]);
  });

  it('is less what another role denies, where it denies it', async () => {
    const subject = await newSubject(database);
    await give(database, subject, 'auditor');
    await give(database, subject, await customRole(database, 'no-audit', [{ effect: 'deny', resource: 'audit', verbs: ['*'] }]), red);
    assert.deepEqual(await everywhere(subject), [true, false, true]);
  });

  it('ends with the binding, at that very moment', async () => {
    const subject = await newSubject(database);
    await give(database, subject, 'auditor', null, new Date(clock.millis + 1));
    assert.equal(await permits(subject, null), true);
    clock.millis += 1;
    assert.equal(await permits(subject, null), false);
  });

  it('is nothing for an account that is disabled, of a person or of a program', async () => {
    for (const kind of ['user', 'service']) {
      const subject = await newSubject(database);
      await database.query('UPDATE auth.principal SET kind = $2 WHERE id = $1', [subject, kind]);
      await give(database, subject, 'owner');
      assert.equal(await permits(subject, null), true);
      await database.query("UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1", [subject]);
      assert.equal(await permits(subject, null), false, kind);
    }
  });
});
