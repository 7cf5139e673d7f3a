import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Module } from '@nestjs/common';
import { type HttpApplication, openHttpApplication } from '../../../../test/harness/http-application.js';
import { ThingsController } from '../../../../test/harness/things.controller.js';
import { RequestPulse } from '../detection/request-pulse.js';
import { RequestPulseJob } from './request-pulse.job.js';

describe('the pulse of requests', () => {
  let http: HttpApplication;
  let noted = 0;
  let stored = 0;
  const statuses: number[] = [];
  const pulse = { note: () => void (noted += 1), store: () => Promise.resolve(void (stored += 1)) };

  @Module({ providers: [RequestPulseJob, { provide: RequestPulse, useValue: pulse }] })
  class PulseTestModule {}

  before(async () => void (http = await openHttpApplication([ThingsController], {}, undefined, undefined, [PulseTestModule])));
  after(() => http.close());

  const make = async (name: string, who = 'good-alice'): Promise<number> => {
    const before = noted;
    const response = await fetch(`${http.url}/things`, { method: 'POST', headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' }, body: JSON.stringify({ name, count: 1 }) });
    await response.text();
    statuses.push(response.status);
    // The hook runs once the answer is out: another request, answered after it, says that it has.
    await (await fetch(`${http.url}/things`, { headers: { authorization: 'Bearer good-alice' } })).text();
    assert.ok([before, before + 1].includes(noted));
    return noted - before;
  };

  it('counts an answer that vouches for an entry', async () => {
    assert.equal(await make('one'), 1);
  });

  it('counts none that owes no entry of its own: a read, a refusal, a failure, a deed that was done before', async () => {
    statuses.length = 0;
    for (const [name, who] of [['replayed 201', undefined], ['forgetful', undefined], ['one', 'bad']] as const) assert.equal(await make(name, who), 0, name);
    assert.deepEqual(statuses, [201, 500, 401]);
  });

  it('tells of them at its start, and then once a minute', () => assert.equal(stored, 1));
});
