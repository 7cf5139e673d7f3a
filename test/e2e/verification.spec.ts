import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { verifyLogCommand } from '../../src/app/commands/verify-log/verify-log.js';
import { withDatabase } from '../faults/ledger-inspection.js';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';

interface Run {
  readonly id: string;
  readonly state: string;
  readonly size: number;
  readonly mismatches: readonly string[];
}

describe('verification of a running server', () => {
  let token: string;
  const at = (name: string): string => join(server.home.directory, name);
  const server = withServer(async () => {
    token = await loginOwner(server);
    const vkeys = await eventually(() => call(server, 'GET', '/v1/audit/log/vkeys'), ({ status }) => status === 200);
    await eventually(() => call(server, 'GET', '/v1/audit/log/checkpoint'), ({ status }) => status === 200);
    await writeFile(at('vkeys'), vkeys.text);
    await writeFile(at('token'), token);
  });

  const verifyLog = async (...args: string[]): Promise<{ code: number; out: string }> => {
    let out = '';
    const code = await verifyLogCommand(args, { write: (text) => (out += text) }, { write: () => undefined });
    return { code, out };
  };
  const verifyWhole = async (): Promise<Run> => {
    const asked = await call<Run>(server, 'POST', '/v1/audit/verify', { token });
    assert.equal(asked.status, 202, asked.text);
    const path = asked.headers.get('location')!;
    const isOver = ({ body }: Answer<Run>): boolean => body.state === 'passed' || body.state === 'failed';
    return (await eventually(() => call<Run>(server, 'GET', path, { token }), isOver)).body;
  };

  it('passes over HTTP without an account, with every entry for an auditor, and again from the copy', async () => {
    const withoutToken = await verifyLog(server.url, at('vkeys'), '--save', at('hashes'));
    assert.equal(withoutToken.code, 0, withoutToken.out);
    const withToken = await verifyLog(server.url, at('vkeys'), '--token-file', at('token'), '--save', at('mirror'), '--old', at('hashes/checkpoint'));
    assert.equal(withToken.code, 0, withToken.out);
    assert.match(withToken.out, /The bytes of every entry lead to that root/);
    const copy = await verifyLog(at('mirror'), at('vkeys'));
    assert.equal(copy.code, 0, copy.out);
  });

  it('passes when an auditor asks the server for it, and the log says so', async () => {
    const run = await verifyWhole();
    assert.deepEqual([run.state, run.mismatches], ['passed', []]);
    assert.ok(run.size > 0);
  });

  it('names a row that somebody with the database changed: to who asked, and to who reads the log', async () => {
    const { id } = await withDatabase(server.home.environment['QUANTONIUM_DATA_DIR']!, async (client) => {
      await client.query('ALTER TABLE audit.entry DISABLE TRIGGER USER');
      const { rows } = await client.query<{ id: string }>(`UPDATE audit.entry SET body = body || ' ' WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 0) RETURNING id`);
      return rows[0]!;
    });
    const run = await verifyWhole();
    assert.deepEqual([run.state, run.mismatches], ['failed', [`leaf 0 has another hash than the entry ${id}`]]);
    const outside = await verifyLog(server.url, at('vkeys'), '--token-file', at('token'));
    assert.equal(outside.code, 1);
    assert.match(outside.out, /^NOT VERIFIED\n {2}\* entry 0 has another hash than its tile says\n$/);
    assert.equal((await verifyLog(at('mirror'), at('vkeys'))).code, 0, 'what was copied before is evidence against it');
  });
});
