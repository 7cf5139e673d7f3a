import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RoleBindings } from '#modules/rbac/index.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AuthEngine, openAuthEngine, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { Authenticator } from './authenticator.js';
import { FirstOwner, type PasswordHandOver } from './first-owner.js';
import { OwnerRecovery } from './owner-recovery.js';
import { PasswordChange } from './password-change.js';
import { Users } from './users.js';

interface RecordedHandOver extends PasswordHandOver {
  readonly events: string[];
  password: string | null;
}

function recording(): RecordedHandOver {
  const record: RecordedHandOver = {
    events: [],
    password: null,
    keep: async (password) => void (record.events.push('keep'), (record.password = password)),
    reveal: async (username) => void record.events.push(`reveal ${username}`),
    discard: async () => void record.events.push('discard'),
  };
  return record;
}

describe('first owner', () => {
  let database: TestDatabase;
  let replicas: AuthEngine[];
  const login = async (username: string, password: string) => {
    const token = await logIn(replicas[0]!, { username, password, source: SOURCE });
    return replicas[0]!.get(Authenticator).authenticate(token.accessToken);
  };
  const owners = (): Promise<readonly string[]> => database.app.run(systemPrincipal('spec'), (tx) => replicas[0]!.get(RoleBindings).activeOwners(tx));

  before(async () => {
    database = await openTestDatabase();
    replicas = await Promise.all([openAuthEngine(database, new Uint8Array(32)), openAuthEngine(database, new Uint8Array(32))]);
  });
  after(async () => {
    for (const replica of replicas) await replica.close();
    await database.close();
  });

  it('is made once by two replicas that start at once; the password is kept before and shown after', async () => {
    const records = [recording(), recording()];
    const made = await Promise.all(replicas.map((replica, at) => replica.get(FirstOwner).ensure({ username: 'root-of-all', chosenPassword: null }, records[at]!)));
    assert.deepEqual(made.toSorted(), [false, true]);
    const winner = records[made.indexOf(true)]!;
    const loser = records[made.indexOf(false)]!;
    assert.deepEqual(winner.events, ['keep', 'reveal root-of-all']);
    assert.ok(['', 'keep,discard'].includes(loser.events.join()), loser.events.join());
    const owner = await login('root-of-all', winner.password!);
    assert.equal(owner.mustChangePassword, true);
    assert.deepEqual(await owners(), [owner.id]);
  });

  it('is not made again at the next start', async () => {
    const record = recording();
    assert.equal(await replicas[0]!.get(FirstOwner).ensure({ username: 'root-of-all', chosenPassword: null }, record), false);
    assert.deepEqual(record.events, []);
  });

  it('is not made anew beside accounts that are there, even when every owner is disabled', async () => {
    await database.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now()`);
    assert.equal(await replicas[0]!.get(FirstOwner).ensure({ username: 'usurper', chosenPassword: null }, recording()), false);
    assert.deepEqual(await owners(), []);
  });

  it('is recovered: enabled, with a new one-time password, recorded as critical', async () => {
    const recovered = await replicas[0]!.get(OwnerRecovery).recover('root-of-all');
    assert.deepEqual([recovered.created, recovered.bound, recovered.enabled], [false, false, true]);
    const owner = await login('root-of-all', recovered.oneTimePassword);
    assert.equal(owner.mustChangePassword, true);
    assert.deepEqual(await owners(), [owner.id]);
    const [entry] = await database.query<{ severity: number }>(
      `SELECT (convert_from(body, 'UTF8')::jsonb ->> 'severity_id')::int AS severity FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%auth.owner.recover%'`,
    );
    assert.equal(entry?.severity, 5);
  });

  it('ends the sessions that the recovered account had', async () => {
    const { oneTimePassword } = await replicas[0]!.get(OwnerRecovery).recover('root-of-all');
    const token = await logIn(replicas[0]!, { username: 'root-of-all', password: oneTimePassword, source: SOURCE });
    await replicas[0]!.get(OwnerRecovery).recover('root-of-all');
    await assert.rejects(replicas[1]!.get(Authenticator).authenticate(token.accessToken));
  });

  it('can be somebody who was no owner before, or who was not there at all', async () => {
    const { oneTimePassword } = await replicas[0]!.get(OwnerRecovery).recover('root-of-all');
    const token = await replicas[0]!.get(PasswordChange).change(await login('root-of-all', oneTimePassword), { currentPassword: oneTimePassword, newPassword: 'seven grey geese under a bridge' });
    const { user } = await replicas[0]!.get(Users).create(await replicas[0]!.get(Authenticator).authenticate(token.accessToken), null, { username: 'plain' });
    const promoted = await replicas[0]!.get(OwnerRecovery).recover('plain');
    assert.deepEqual([promoted.created, promoted.bound], [false, true]);
    assert.ok((await owners()).includes(user.id));
    const made = await replicas[0]!.get(OwnerRecovery).recover('newcomer');
    assert.deepEqual([made.created, made.bound], [true, true]);
    assert.equal((await owners()).length, 3);
  });

  it('refuses what is no username', async () => {
    await assert.rejects(replicas[0]!.get(OwnerRecovery).recover('No Body'), /not a username/);
    await assert.rejects(replicas[0]!.get(FirstOwner).ensure({ username: 'No Body', chosenPassword: null }, recording()), /not a username/);
  });
});
