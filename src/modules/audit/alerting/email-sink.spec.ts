import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { Keyring } from '#modules/crypto/index.js';
import { readConfig } from '#platform/config/read-config.js';
import { SecretReload } from '#platform/config/secret-reload.js';
import { Metrics } from '#platform/metrics/metrics.js';
import type { OutboxMessage } from '#platform/outbox/outbox-sink.js';
import { SystemClock } from '#platform/system/clock.js';
import { Drivers } from '#platform/system/drivers.js';
import type { ToldAlert } from '../domain/alert-messages.js';
import { EmailSink } from './email-sink.js';
import type { ToldAlerts } from './told-alerts.js';

const AT = new Date('2026-11-22T06:00:00Z');
const TOLD = {
  alert: { id: '0198c0de-0000-7000-8000-00000000a1e7', ruleId: 'brute-force', title: 'Many failed logins', severity: 'high', group: {}, subjects: [], status: 'open', count: 12, firstSeenAt: AT, lastSeenAt: AT },
  step: { number: 1, deed: 'raise', at: AT, entryId: '0198c0de-0000-7000-8000-00000000e117' },
  publicUrl: 'https://quantonium.example',
} as unknown as ToldAlert;
const told = { of: () => Promise.resolve(TOLD) } as unknown as ToldAlerts;

describe('alerts by e-mail, through a server that asks for a password', () => {
  let directory: string;
  let server: SMTPServer;
  let taken = 'first';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-mail-'));
    server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => done(username === 'q' && password === taken ? null : new Error('no'), { user: 'q' }),
      onData: (stream, _session, done) => stream.resume().on('end', () => done()),
    });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('are sent with the password of the moment, and wait for the next one meanwhile', async () => {
    const { port } = (server.server as Server).address() as AddressInfo;
    const file = join(directory, 'smtp');
    const put = (password: string): void => writeFileSync(file, `smtp://q:${password}@127.0.0.1:${port}\n`, { mode: 0o600 });
    put('first');
    const config = await readConfig({ SMTP_URL_FILE: file, ALERT_EMAIL_FROM: 'q@q.example', ALERT_EMAIL_TO: 'ops@q.example' });
    const reload = new SecretReload({ config, clock: new SystemClock(), metrics: new Metrics(), record: () => Promise.resolve() });
    const sink = new EmailSink(config, told, { sealer: () => ({}) } as unknown as Keyring, new Drivers());
    const deliver = () => sink.deliver({ id: '0198c0de-0000-7000-8000-000000000001', subject: {} } as OutboxMessage);
    assert.deepEqual(await deliver(), { kind: 'delivered' });
    taken = 'second';
    assert.deepEqual(await deliver(), { kind: 'retry', reason: 'status-535' });
    put('second');
    assert.equal((await deliver()).kind, 'retry', 'not looked at yet');
    await reload.turn();
    assert.deepEqual(await deliver(), { kind: 'delivered' });
  });
});
