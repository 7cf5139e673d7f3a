import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { type AuthScene, logIn, openAuthScene, SOURCE } from '../../../test/harness/auth-engine.js';
import { hashing } from '../../../test/harness/counted-argon2.js';
import { MovableClock } from '../../../test/harness/movable-clock.js';
import { enrolled, ticketOf } from '../../../test/harness/second-factor.js';
import { outcomeOf } from '../../../test/harness/token-outcome.js';
import { SecondFactorLogin } from './mfa/second-factor-login.js';
import { PasswordResets } from './passwords/password-resets.js';
import { Users } from './users.js';

/** What is sent to the database, in its order. */
const statements: string[] = [];
type Query = (this: unknown, ...asked: unknown[]) => unknown;
const prototype = pg.Client.prototype as unknown as { query: Query };
const { query } = prototype;
prototype.query = function traced(...asked) {
  const [statement] = asked as [string | { readonly text?: string }];
  // The pulse of the database sends an empty one, in its own time.
  if (statement !== '') statements.push((typeof statement === 'string' ? statement : (statement.text ?? '')).replaceAll(/\s+/g, ' '));
  return query.apply(this, asked);
};

/** What an attempt costs: how it ended, every statement, and how many runs of argon2. */
interface Work {
  readonly outcome: string;
  readonly statements: readonly string[];
  readonly hashes: number;
}

/** Two that take the same steps take the same time, on any machine; that the steps take it is measured by `refusal-timing.bench.ts`. */
describe('refusals that are to look alike cost the same', () => {
  const clock = new MovableClock();
  const password = 'a phrase that is long enough';
  let scene: AuthScene;

  const workOf = async (attempt: () => Promise<unknown>): Promise<Work> => {
    statements.length = 0;
    hashing.runs = 0;
    const outcome = await outcomeOf(attempt());
    return { outcome, statements: [...statements], hashes: hashing.runs };
  };
  const account = async (username: string, isDisabled = false): Promise<string> => {
    const { user } = await scene.engine.get(Users).create(scene.owner, null, { username, password });
    if (isDisabled) await scene.engine.get(Users).disable(scene.owner, user.id);
    return username;
  };
  const assertAlike = (works: Readonly<Record<string, Work>>, outcome: string, hashes: number): void => {
    const [[, first]] = Object.entries(works) as [[string, Work]];
    assert.ok(first.statements.length > 2, 'nothing was traced');
    for (const [name, work] of Object.entries(works)) {
      assert.deepEqual([work.outcome, work.hashes], [outcome, hashes], name);
      assert.deepEqual(work.statements, first.statements, name);
    }
  };

  before(async () => {
    scene = await openAuthScene({ clock });
  });
  after(async () => {
    prototype.query = query;
    await scene.close();
  });

  it('a login: of an unknown name, with a wrong password, and of a disabled account', async () => {
    const login = (username: string, typed: string) => () => logIn(scene.engine, { username, password: typed, source: SOURCE });
    const [known, disabled] = [await account('known'), await account('disabled', true)];
    // The first of the day makes the key under which what strangers say is kept.
    await workOf(login('warms-up', password));
    assertAlike(
      {
        unknown: await workOf(login('unknown', password)),
        wrong: await workOf(login(known, 'another phrase, long enough')),
        disabled: await workOf(login(disabled, password)),
        'disabled and wrong': await workOf(login(disabled, 'another phrase, long enough')),
      },
      'invalid-credentials',
      1,
    );
  });

  it('to ask for a new password: of an unknown name, of an account, and of a disabled one', async () => {
    const request = (username: string) => () => scene.engine.get(PasswordResets).request(username);
    const [known, disabled] = [await account('forgetful'), await account('gone', true)];
    await workOf(request('warms-up'));
    assertAlike({ unknown: await workOf(request('never-seen')), known: await workOf(request(known)), disabled: await workOf(request(disabled)) }, 'done', 0);
  });

  it('a second factor: a code that is wrong, one that was used, and one of a kind that the person has not', async () => {
    const [has, hasNot] = [await enrolled(scene, clock, 'has-recovery-codes', true), await enrolled(scene, clock, 'has-none')];
    const complete = (ticket: string, factor: 'totp' | 'recovery', code: string) => () => scene.engine.get(SecondFactorLogin).complete({ ticket, proof: { factor, code }, source: SOURCE });
    const [used] = has.codes as [string];
    await workOf(complete(await ticketOf(scene, has), 'recovery', used));
    const refusedRecovery = { wrong: complete(await ticketOf(scene, has), 'recovery', 'aaaa-bbbb-cccc-dddd'), used: complete(await ticketOf(scene, has), 'recovery', used), none: complete(await ticketOf(scene, hasNot), 'recovery', used) };
    const works: Record<string, Work> = {};
    for (const [name, attempt] of Object.entries(refusedRecovery)) works[name] = await workOf(attempt);
    assertAlike(works, 'second-factor-refused', 0);

    const [wrong, again] = [await ticketOf(scene, has), await ticketOf(scene, hasNot)];
    assertAlike({ wrong: await workOf(complete(wrong, 'totp', has.code(500))), used: await workOf(complete(again, 'totp', hasNot.confirmation)) }, 'second-factor-refused', 0);
  });
});
