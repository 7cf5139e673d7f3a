import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PasswordHasher } from '#modules/crypto/index.js';
import { type AuthScene, logIn, openAuthScene, OWNER, SOURCE } from '../../../test/harness/auth-engine.js';
import { call } from '../../../test/harness/api.js';
import { hashing } from '../../../test/harness/counted-argon2.js';
import { type HttpApplication, openHttpApplication } from '../../../test/harness/http-application.js';
import { outcomeOf } from '../../../test/harness/token-outcome.js';
import { HealthBoard } from '../health/health-board.js';
import { RuntimeStanding } from '../health/runtime-standing.js';
import { HealthController } from '../health/http/health.controller.js';
import { Authenticator } from './authenticator.js';

const LOGINS = 50;
/** As crypto.module.ts has it. */
const AT_ONCE = 2;

@Module({ imports: [TerminusModule.forRoot({ logger: false })], providers: [HealthBoard, RuntimeStanding], exports: [TerminusModule, HealthBoard, RuntimeStanding] })
class Health {}

describe('fifty logins at once', () => {
  let scene: AuthScene;
  let http: HttpApplication;

  before(async () => {
    scene = await openAuthScene();
    http = await openHttpApplication([HealthController], {}, undefined, undefined, [Health]);
  });
  after(async () => {
    await http.close();
    await scene.close();
  });

  /** What runs in the database and on the loop is over soon. The pause is the database's: a loop of turns would take the core that it works on. */
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await scene.query('SELECT pg_sleep(0.001)');
  };

  it('hash two at a time, and while all of them wait a probe and a token are answered', async () => {
    const { accessToken } = await logIn(scene.engine, { ...OWNER, source: SOURCE });
    const held: (() => void)[] = [];
    hashing.held = held;
    hashing.runs = 0;
    const hasher = scene.engine.get(PasswordHasher);
    const verify = hasher.verifyAgainstNothing.bind(hasher);
    let [arrived, answered] = [0, 0];
    hasher.verifyAgainstNothing = (typed) => {
      arrived += 1;
      return verify(typed);
    };
    const logins: Promise<string>[] = [];
    for (let n = 0; n < LOGINS; n += 1) {
      logins.push(outcomeOf(logIn(scene.engine, { username: `nobody-${n}`, password: 'a long enough phrase', source: `198.51.100.${n}` })).finally(() => (answered += 1)));
      await until(() => arrived > n);
    }
    await until(() => held.length === AT_ONCE);
    for (let probe = 0; probe < 10; probe += 1) {
      assert.equal((await call(http, 'GET', '/health/live')).status, 200);
      assert.equal((await scene.engine.get(Authenticator).authenticate(accessToken)).kind, 'user');
    }
    assert.deepEqual([hashing.runs, answered], [AT_ONCE, 0], 'no third hash began while two were under way');

    for (let n = 1; n <= LOGINS; n += 1) {
      held.shift()!();
      // The one that was let go on makes room for one other.
      await until(() => held.length >= Math.min(AT_ONCE, LOGINS - n));
      assert.ok(held.length <= AT_ONCE, `${held.length} hashes at once`);
    }
    assert.deepEqual(await Promise.all(logins), logins.map(() => 'invalid-credentials'));
    assert.equal(hashing.runs, LOGINS);
    hashing.held = null;
  });
});
