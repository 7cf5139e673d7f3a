import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicyDecision } from '#modules/rbac/index.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { bound } from '../../../../test/harness/bound-controller.js';
import { type HttpApplication, openHttpApplication } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import type { VerificationDto, VerificationListDto } from './verification.dto.js';
import { VerificationsController } from './verifications.controller.js';

/** `auditor` may have the log verified; `red-auditor` only what a project is about, which the log is not. */
const policy = {
  require: (principal: { id: string }): Promise<void> => (principal.id === 'auditor' ? Promise.resolve() : Promise.reject(new Fault(REQUEST_FAULTS.forbidden))),
} as unknown as PolicyDecision;

describe('verifications over HTTP', () => {
  let scene: LedgerScene;
  let http: HttpApplication;
  before(async () => {
    scene = await openLedgerScene();
    await scene.appendMany(2);
    await scene.sequencer.sequence();
    http = await openHttpApplication([bound('v1/audit', VerificationsController, () => new VerificationsController(scene.requests, policy))]);
  });
  after(async () => {
    await http.close();
    await scene.close();
  });

  const ask = (method: string, path: string, who: string | null = 'auditor'): Promise<Response> =>
    fetch(`${http.url}/v1/audit/${path}`, { method, headers: who === null ? {} : { authorization: `Bearer good-${who}` } });

  it('answers 202 with where to ask, and with the open one while there is one', async () => {
    const first = await ask('POST', 'verify');
    assert.equal(first.status, 202);
    assert.match(first.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    const run = (await first.json()) as VerificationDto;
    assert.equal(first.headers.get('location'), `/v1/audit/verifications/${run.id}`);
    assert.deepEqual([run.state, run.progress, run.mismatches], ['queued', 0, []]);
    const second = await ask('POST', 'verify');
    assert.equal(((await second.json()) as VerificationDto).id, run.id);
    await scene.runner.runNext();
    const over = (await (await ask('GET', `verifications/${run.id}`)).json()) as VerificationDto;
    assert.deepEqual([over.state, over.size, over.verified, over.progress], ['passed', 2, 2, 1]);
    assert.notEqual(((await (await ask('POST', 'verify')).json()) as VerificationDto).id, run.id, 'the next one is another');
  });

  it('lists them, newest first, page by page', async () => {
    const page = (await (await ask('GET', 'verifications?limit=1')).json()) as VerificationListDto;
    assert.deepEqual(page.items.map(({ state }) => state), ['queued']);
    const next = (await (await ask('GET', page.next!.slice('/v1/audit/'.length))).json()) as VerificationListDto;
    assert.deepEqual([next.items.map(({ state }) => state), next.next], [['passed'], null]);
  });

  it('refuses who may not, and what there is not', async () => {
    for (const [method, path] of [['POST', 'verify'], ['GET', 'verifications'], ['GET', 'verifications/0198c0de-0000-7000-8000-00000000dead']] as const) {
      assert.equal((await ask(method, path, null)).status, 401);
      assert.equal((await ask(method, path, 'red-auditor')).status, 403);
    }
    assert.equal((await ask('GET', 'verifications/0198c0de-0000-7000-8000-00000000dead')).status, 404);
    assert.equal((await ask('GET', 'verifications/nonsense')).status, 422);
    assert.equal((await ask('GET', 'verifications?cursor=nonsense')).status, 422);
  });
});
