import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { call, login } from '../harness/api.js';
import { createHome, OWNER_PASSWORD, startServer, type TestHome } from '../harness/server.js';

const POINT = 'auth.first-owner.after-commit';

interface Page<T> {
  readonly items: readonly T[];
}

/** The first start of an installation, killed after the owner is there and before anybody was told the password. */
for (const { which, chosen } of [{ which: 'one-time', chosen: false }, { which: 'chosen', chosen: true }]) {
  describe(`a first start with a ${which} password, killed at ${POINT}`, () => {
    let home: TestHome;
    before(() => {
      home = createHome(chosen ? {} : { BOOTSTRAP_OWNER_PASSWORD_FILE: '' });
    });
    after(async () => home.dispose());

    const passwordFiles = (): string[] => globSync(join(home.environment['QUANTONIUM_DATA_DIR']!, '{,owner-*/}owner-one-time-password'));

    it('leaves one owner, who can log in after the next start', async () => {
      await assert.rejects(startServer(home, { QUANTONIUM_CRASH_AT: POINT }), (error: Error) => error.message.split('\n').includes(`crash point ${POINT}`));
      const server = await startServer(home);
      const files = passwordFiles();
      assert.equal(files.length, chosen ? 0 : 1, files.join(', '));
      let password = OWNER_PASSWORD;
      let token = await login(server, 'owner', chosen ? OWNER_PASSWORD : readFileSync(files[0]!, 'utf8').trim());
      if (!chosen) {
        assert.ok(server.output().includes(files[0]!), 'the next start names the file');
        assert.equal(statSync(files[0]!).mode & 0o777, 0o600);
        password = 'a phrase of the owner’s own making';
        const changed = await call<{ access_token: string }>(server, 'PUT', '/v1/auth/password', { token, json: { currentPassword: readFileSync(files[0]!, 'utf8').trim(), newPassword: password } });
        assert.equal(changed.status, 200, changed.text);
        token = changed.body.access_token;
      }
      const users = await call<Page<{ id: string; username: string }>>(server, 'GET', '/v1/users', { token });
      assert.deepEqual(users.body.items.map(({ username }) => username), ['owner']);
      const bindings = await call<Page<{ subjectId: string; role: string }>>(server, 'GET', '/v1/role-bindings', { token });
      assert.deepEqual(bindings.body.items.map(({ subjectId, role }) => [subjectId, role]), [[users.body.items[0]!.id, 'owner']]);
      assert.equal(await server.stop(), 0);
      /* Nor does a third start make another. */
      const again = await startServer(home);
      token = await login(again, 'owner', password);
      assert.equal((await call<Page<unknown>>(again, 'GET', '/v1/users', { token })).body.items.length, 1);
      assert.equal(await again.stop(), 0);
    });
  });
}
