import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, describe, it } from 'node:test';
import { createServer, getCACertificates, setDefaultCACertificates, type Server } from 'node:tls';
import type { Config } from '#platform/config/config.js';
import type { OutboxMessage } from '#platform/outbox/outbox-sink.js';
import { type Certificate, selfSigned } from '../../../../test/harness/certificate.js';
import type { ToldAlert } from '../domain/alert-messages.js';
import { SyslogSink } from './syslog-sink.js';
import type { ToldAlerts } from './told-alerts.js';

const AT = new Date('2026-11-22T06:00:00Z');
const TOLD = {
  alert: { id: '0198c0de-0000-7000-8000-00000000a1e7', ruleId: 'brute-force', title: 'Many failed logins', severity: 'high', group: {}, subjects: [], status: 'open', count: 12, firstSeenAt: AT, lastSeenAt: AT },
  step: { number: 1, deed: 'raise', at: AT, entryId: '0198c0de-0000-7000-8000-00000000e117' },
  publicUrl: 'https://quantonium.example',
} as unknown as ToldAlert;
const told = { of: () => Promise.resolve(TOLD) } as unknown as ToldAlerts;
const NEVER = new AbortController().signal;

describe('alerts by syslog over TLS', () => {
  const system = getCACertificates('default');
  const open: Server[] = [];
  afterEach(() => setDefaultCACertificates(system));
  after(() => open.forEach((server) => void server.close()));

  const receiver = async ({ key, cert }: Certificate): Promise<{ port: number; received: string[]; names: (string | false | null)[] }> => {
    const [received, names]: [string[], (string | false | null)[]] = [[], []];
    const server = createServer({ key, cert }, (socket) => {
      let frame = '';
      names.push(socket.servername);
      socket.setEncoding('utf8').on('data', (chunk: string) => (frame += chunk)).on('end', () => void (received.push(frame), socket.end())).on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    open.push(server);
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, received, names };
  };
  const deliver = (url: string) => new SyslogSink({ alerting: { syslogUrl: url } } as unknown as Config, told).deliver({} as OutboxMessage, NEVER);
  const trust = ({ cert }: Certificate): void => setDefaultCACertificates([...system, cert]);
  const REFUSED = { kind: 'retry', reason: 'connection' };

  it('reach a receiver whose certificate is trusted and is of the host, by name or by address', async () => {
    for (const [host, name] of [['localhost', 'localhost'], ['127.0.0.1', false]] as const) {
      const certificate = selfSigned(host);
      const { port, received, names } = await receiver(certificate);
      trust(certificate);
      assert.deepEqual(await deliver(`tls://${host}:${port}`), { kind: 'delivered' });
      const [length, rest] = [/^\d+/.exec(received[0]!)![0], received[0]!.replace(/^\d+ /, '')];
      assert.equal(Buffer.byteLength(rest), Number(length), 'one frame, whole');
      assert.match(rest, /^<107>1 2026-11-22T06:00:00\S* quantonium\.example .* alert\.raise \[alert@32473 id="0198c0de-0000-7000-8000-00000000a1e7"/);
      assert.deepEqual(names, [name]);
    }
  });

  it('are not shown to one whose certificate nobody vouches for', async () => {
    const { port, received } = await receiver(selfSigned('localhost'));
    assert.deepEqual(await deliver(`tls://localhost:${port}`), REFUSED);
    trust(selfSigned('localhost'));
    assert.deepEqual(await deliver(`tls://localhost:${port}`), REFUSED, 'another of the same name is trusted');
    assert.deepEqual(received.join(''), '');
  });

  it('are not shown to one whose certificate is of another host', async () => {
    const certificate = selfSigned('syslog.example');
    const { port, received } = await receiver(certificate);
    trust(certificate);
    for (const host of ['localhost', '127.0.0.1']) assert.deepEqual(await deliver(`tls://${host}:${port}`), REFUSED);
    assert.deepEqual(received.join(''), '');
  });

  it('are not shown to one that speaks no TLS', async () => {
    const { createServer: createPlain } = await import('node:net');
    let text = '';
    const plain = createPlain((socket) => void socket.setEncoding('latin1').on('data', (chunk: string) => ((text += chunk), socket.end('no\n'))).on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    assert.deepEqual(await deliver(`tls://127.0.0.1:${(plain.address() as AddressInfo).port}`), REFUSED);
    plain.close();
    assert.doesNotMatch(text, /alert|brute/);
  });
});
