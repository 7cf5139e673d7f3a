import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApprovalRequest } from '#platform/http/approval-request.js';
import { NeedsApproval, Public, Requires, StreamedBody, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { sha256 } from '#pure/digest/digest.js';
import { ApprovalNeeded, type ApprovableRequest } from '#pure/approval/approval.js';
import { type Answer, call, type CallOptions } from '../../test/harness/api.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { CAN, ThingsController } from '../../test/harness/things.controller.js';
import { rawHttp } from '../../test/harness/raw-http.js';
import { checkAnnotations } from './annotation-check.js';

const ID = '019a94de-4b70-7c00-8000-0000000000aa';
const NEED = { permission: 'thing:make', projectId: null, target: { type: 'thing', uid: '1', version: null }, summary: 'Do it' } as const;

@Controller('v1/transit')
class KeysController {
  @Post('keys/:name')
  @HttpCode(204)
  @Requires(CAN['thing:make'])
  @NeedsApproval()
  @Unaudited('test')
  @UnparsedBody()
  make(@ApprovalRequest() _request: ApprovableRequest): never {
    throw new ApprovalNeeded(NEED);
  }
}

@Controller('targets')
class TargetsController {
  @Get(':id')
  @Requires(CAN['thing:read'])
  @NeedsApproval()
  @Unaudited('test')
  get(@ApprovalRequest() _request: ApprovableRequest): never {
    throw new ApprovalNeeded(NEED);
  }
}

describe('a request that takes a second person', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController, KeysController, TargetsController])));
  after(() => server.close());
  const send = (path: string, json: unknown, options: CallOptions = {}): Promise<Answer> => call(server, 'POST', path, { token: 'good-ann', json, ...options });

  it('is answered 202 with what it waits for, where that is found, and nothing of the answer that it did not get', async () => {
    const answer = await send('/things/by-two', { label: 'crane' });
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.body, { state: 'pending', summary: 'Make crane' });
    assert.deepEqual([answer.headers.get('location'), answer.headers.get('approval-id'), answer.headers.get('content-type')], [`/v1/approvals/${ID}`, ID, 'application/json']);
    assert.deepEqual([answer.headers.get('cache-control'), answer.headers.get('x-content-type-options')], ['no-store', 'nosniff']);
    assert.deepEqual(server.recorder.denials, [], 'nothing was denied');
  });

  it('asks with all that decides what would be done', async () => {
    const text = '{"label":"crane"}';
    await call(server, 'POST', '/things/by-two?b=1&a=%2F', { token: 'good-ann', raw: text, headers: { 'content-type': 'application/json' } });
    const { request } = server.desk.asked.at(-1)!;
    assert.deepEqual(request, { method: 'POST', route: 'POST /things/by-two', path: '/things/by-two', query: '?b=1&a=%2F', bodyDigest: sha256(Buffer.from(text)).toString('hex'), approvalId: null });
  });

  it('is done with an approval, whose entry stands beside that of the deed', async () => {
    const answer = await send('/things/by-two', { label: 'crane' }, { headers: { 'approval-id': ID } });
    assert.deepEqual([answer.status, answer.body['approvalId'], answer.headers.get('location')], [200, ID, '/things/by-two/1']);
  });

  it('is not acknowledged by a handler that never asked', async () => {
    assert.equal((await send('/things/by-two', { label: 'forgetful' })).status, 500);
    assert.equal((await send('/things/by-two-at-times', {})).status, 200, 'unless it takes one only at times');
  });

  it('is a failure of ours where the route does not say that it may', async () => {
    const { body } = await send('/things/by-two-in-secret', {});
    assert.equal(body['type'], 'urn:quantonium:problem:internal-error');
  });

  it('is refused as the desk refuses', async () => {
    const answer = await call(server, 'POST', '/things/by-two', { token: 'good-eager', json: { label: 'crane' } });
    assert.deepEqual([answer.status, answer.body['type']], [409, 'urn:quantonium:problem:conflict']);
  });

  for (const [what, value] of [['an upper-case id', ID.toUpperCase()], ['no id', 'x'], ['nothing', '']] as const) {
    it(`is refused with ${what} for an approval`, async () => {
      const answer = await send('/things/by-two', { label: 'crane' }, { headers: { 'approval-id': value } });
      assert.deepEqual([answer.status, (answer.body['errors'] as { pointer: string }[])[0]?.pointer], [422, 'header:Approval-Id']);
    });
  }

  it('is refused with two approvals', async () => {
    const lines = ['POST /things/by-two HTTP/1.1', 'Host: x', 'Authorization: Bearer good-ann', 'Content-Type: application/json', `Approval-Id: ${ID}`, `Approval-Id: ${ID}`, 'Content-Length: 17', 'Connection: close', '', '{"label":"crane"}'];
    assert.equal((await rawHttp(server.port, lines.join('\r\n'))).status, 422);
  });

  it("is the refusal that Vault's clients know, with the way on as a warning; PUT is POST, and two slashes are one", async () => {
    const answer = await call<{ errors: string[]; warnings: string[] }>(server, 'PUT', '/v1/transit//keys/orders', { token: 'good-ann', raw: '{}', headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 403);
    assert.equal(answer.body.errors[0], 'permission denied');
    assert.match(answer.body.warnings[0]!, new RegExp(`Approval-Id: ${ID}$`));
    const { method, route, path } = server.desk.asked.at(-1)!.request;
    assert.deepEqual([method, route, path], ['POST', 'POST /v1/transit/keys/:name', '/v1/transit/keys/orders']);
    assert.deepEqual(server.recorder.denials.filter(({ code }) => code !== 'internal-error'), []);
  });

  const spellings: readonly (readonly [string, string])[] = [
    ['a slash at the end', '/targets/a/'],
    ['an escape', '/targets/%61'],
    ['a query', '/targets/a?x'],
    ['an empty query', '/targets/a?'],
    ['another target', '/targets/A'],
  ];
  for (const [what, target] of spellings) {
    it(`is another request with ${what}`, async () => {
      const asked = async (line: string): Promise<string> => {
        await rawHttp(server.port, `GET ${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good-ann\r\nConnection: close\r\n\r\n`);
        const { method, route, path, query, bodyDigest } = server.desk.asked.at(-1)!.request;
        return JSON.stringify([method, route, path, query, bodyDigest]);
      };
      assert.notEqual(await asked(target), await asked('/targets/a'));
    });
  }
});

describe('a handler that takes a second person', () => {
  const complaintsOf = (controller: new () => object): string => {
    try {
      checkAnnotations([controller]);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('must take the request, and a route that takes it must say so', () => {
    @Controller('a')
    class A {
      @Get('says') @Requires(CAN['thing:read']) @NeedsApproval() @Unaudited('test') says(): void {}
      @Get('takes') @Requires(CAN['thing:read']) @Unaudited('test') takes(@ApprovalRequest() _request: ApprovableRequest): void {}
    }
    assert.match(complaintsOf(A), /A\.says takes ApprovalRequest[^\n]*\n\s+A\.takes takes ApprovalRequest/);
  });

  it('is refused where nobody is known, where the body is a stream, and where it does not say when', () => {
    @Controller('b')
    class B {
      @Get('open') @Public('test') @NeedsApproval() @Unaudited('test') open(@ApprovalRequest() _request: ApprovableRequest): void {}
      @Post('stream') @Requires(CAN['thing:read']) @NeedsApproval() @StreamedBody() @Unaudited('test') stream(@ApprovalRequest() _request: ApprovableRequest): void {}
      @Get('when') @Requires(CAN['thing:read']) @NeedsApproval(' ') @Unaudited('test') when(@ApprovalRequest() _request: ApprovableRequest): void {}
    }
    const said = complaintsOf(B);
    for (const complaint of [/B\.open asks strangers/, /B\.stream asks for an approval of a body/, /B\.when needs an approval when it does not say/]) assert.match(said, complaint);
  });
});
