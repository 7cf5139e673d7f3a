import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { call, eventually, loginOwner } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';

interface AuditPage {
  readonly items: readonly { readonly entry: { readonly unmapped: Record<string, unknown>; readonly resources: readonly { readonly type: string; readonly uid: string }[] } | null }[];
}

const MINE = `title: Somebody asked who they are
id: 0198c0de-0000-4000-8000-000000000001
detection:
  selection:
    metadata.event_code: auth.login
    unmapped.mustChangePassword: false
  condition: selection
level: low
`;

describe('detection in a running server', () => {
  let home: TestHome;
  let server: RunningServer;
  let token: string;
  before(async () => {
    home = await installedHome();
    const rules = join(home.directory, 'rules');
    mkdirSync(rules);
    writeFileSync(join(rules, 'mine.yml'), MINE.replace('Somebody asked who they are', 'A login, says the operator'));
    server = await startServer(home, { DETECTION_RULES_DIR: rules });
    token = await loginOwner(server);
  });
  after(() => home.dispose());

  const raised = () => call<AuditPage>(server, 'GET', '/v1/audit/entries?code=alert.raise', { token });
  const titles = (page: AuditPage): unknown[] => page.items.map(({ entry }) => entry?.unmapped['title']);

  it('raises what its own rules and those of the operator find, within seconds', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) await call(server, 'POST', '/v1/auth/login', { json: { username: 'nobody.in.particular', password: 'a guess of somebody' } });
    const { body } = await eventually(raised, (answer) => titles(answer.body).length >= 2);
    assert.deepEqual(new Set(titles(body)), new Set(['Many refused logins of one account', 'A login, says the operator']));
  });

  it('shows by a trial what it has raised', async () => {
    const rules = await call<{ items: { title: string; origin: string; rule: object }[] }>(server, 'GET', '/v1/alerts/rules', { token });
    const brute = rules.body.items.find(({ title }) => title === 'Many refused logins of one account');
    assert.equal(brute?.origin, 'shipped');
    const time = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() };
    const trial = await call<{ alerts: { title: string; count: number }[]; complete: boolean }>(server, 'POST', '/v1/alerts/rules/test', { token, json: { rule: brute.rule, ...time } });
    assert.equal(trial.status, 200);
    assert.ok(trial.headers.get('audit-event-id') !== null);
    assert.partialDeepStrictEqual(trial.body, { complete: true, alerts: [{ title: 'Many refused logins of one account', count: 10 }] });
  });

  it('does not start with a rule that it cannot use, and says which and where', async () => {
    await server.stop();
    const rules = join(home.directory, 'broken');
    mkdirSync(rules);
    writeFileSync(join(rules, 'mine.yml'), MINE.replace('mustChangePassword:', 'mustChangePassword|is:'));
    await assert.rejects(startServer(home, { DETECTION_RULES_DIR: rules }), (error: Error) => {
      assert.match(error.message, /exited with 78/);
      assert.match(error.message, /does not start, at its stage «composition»: the detection rule .*broken\/mine\.yml is refused: detection\.selection\.unmapped\.mustChangePassword\|is: unknown modifier/);
      return true;
    });
  });
});
