import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Body, Controller, Get, HttpCode, Post, Param, Query } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import { auditEvents } from '#pure/audit-event/audit-event.js';
import { permissions } from '#pure/capability/permission.js';
import type { Principal } from '#pure/principal/principal.js';
import { Audited, Public, Requires, Unaudited } from '#platform/http/annotations.js';
import { CurrentPrincipal, UuidParam } from '#platform/http/parameters.js';
import { PagingDto } from '#platform/http/paging.dto.js';
import { requestTrail } from '#platform/system/request-context.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';

const CAN = permissions({ 'thing:read': { scope: 'read:data', description: 'x' }, 'thing:make': { scope: 'write:data', description: 'x' } });
const DID = auditEvents({ 'thing.make': { classUid: 6003, activityId: 1, description: 'x' } });

class ThingDto {
  @IsString()
  name!: string;
  @IsInt()
  count!: number;
}

@Controller('things')
class ThingsController {
  @Get()
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  list(@Query() page: PagingDto, @CurrentPrincipal() principal: Principal): object {
    return { limit: page.limit, who: principal.id };
  }

  @Get(':id')
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  get(@Param('id', UuidParam) id: string): object {
    return { id };
  }

  @Post()
  @HttpCode(201)
  @Requires(CAN['thing:make'])
  @Audited(DID['thing.make'], 'transaction')
  async make(@Body() thing: ThingDto): Promise<object> {
    await new Promise((resolve) => setImmediate(resolve));
    if (thing.name !== 'forgetful') requestTrail()!.committedEvents.push({ id: 'event-1', code: 'thing.make' });
    return { name: thing.name };
  }

  @Post('open')
  @Public('test')
  @Unaudited('test')
  open(@Body() thing: ThingDto): object {
    return thing;
  }
}

describe('the pipeline', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController])));
  after(() => server.close());
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  const as = (id: string) => ({ authorization: `Bearer good-${id}` });
  const json = { 'content-type': 'application/json' };

  it('lets an authenticated principal through', async () => {
    const { status, body, headers } = await call('/things?limit=7', { headers: as('ann') });
    assert.equal(status, 200);
    assert.deepEqual(body, { limit: 7, who: 'ann' });
    assert.match(headers.get('x-request-id')!, /^[0-9a-f-]{36}$/);
    assert.equal(headers.get('cache-control'), 'no-store');
  });
  for (const [name, path, init, expected] of [
    ['no credential', '/things', {}, 401],
    ['bad credential', '/things', { headers: { authorization: 'Bearer bad' } }, 401],
    ['forbidden', '/things', { headers: { authorization: 'Bearer good-stranger' } }, 403],
    ['scope', '/things', { headers: { authorization: 'Bearer good-scopeless' } }, 403],
    ['password', '/things', { headers: { authorization: 'Bearer good-new-password' } }, 403],
    ['down', '/things', { headers: { authorization: 'Bearer down' } }, 503],
    ['broken', '/things', { headers: { authorization: 'Bearer broken' } }, 500],
    ['no route', '/nothing', {}, 404],
    ['method', '/things', { method: 'DELETE' }, 405],
    ['uuid', '/things/1', { headers: as('ann') }, 422],
    ['limit', '/things?limit=1e1', { headers: as('ann') }, 422],
    ['bad url', '/things/%zz', { headers: as('ann') }, 400],
    ['dup', '/things?limit=1&limit=2', { headers: as('ann') }, 422],
    ['unknown field', '/things/open', { method: 'POST', headers: json, body: '{"name":"x","count":1,"constructor":1}' }, 400],
    ['type', '/things/open', { method: 'POST', headers: json, body: '{"name":1,"count":"1","x":2}' }, 422],
    ['text', '/things/open', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }, 415],
    ['forgetful', '/things', { method: 'POST', headers: { ...json, ...as('ann') }, body: '{"name":"forgetful","count":1}' }, 500],
    ['made', '/things', { method: 'POST', headers: { ...json, ...as('ann') }, body: '{"name":"x","count":1}' }, 201],
  ] as const) {
    it(`answers ${expected}: ${name}`, async () => {
      const { status, body, headers } = await call(path, init as RequestInit);
      console.log(name, status, JSON.stringify(body), headers.get('www-authenticate'), headers.get('allow'), headers.get('audit-event-id'), headers.get('content-type'));
      assert.equal(status, expected);
    });
  }
});
