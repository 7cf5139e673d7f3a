import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { parse, stringify } from 'yaml';
import { call, eventually, loginOwner } from '../harness/api.js';
import { selfSigned } from '../harness/certificate.js';
import { installedHome } from '../harness/installed-home.js';
import { quietNights } from '../harness/quiet-nights.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { bind, createPerson } from '../harness/world.js';
import { needProgram } from './install.js';

interface Notified {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
}
interface Shipped {
  route: { group_wait: string; group_interval: string };
  receivers: [{ webhook_configs: [{ url: string }] }];
}

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;

/** Prometheus' own Alertmanager under the configuration that is shipped, but for its pauses and where it sends. */
class Alertmanager {
  private constructor(private readonly child: ChildProcess, readonly url: string) {}

  static async start(directory: string, webhookUrl: string): Promise<Alertmanager> {
    const config = parse(readFileSync('docker/observability/alertmanager.yml', 'utf8')) as Shipped;
    Object.assign(config.route, { group_wait: '0s', group_interval: '1s' });
    config.receivers[0].webhook_configs[0].url = webhookUrl;
    writeFileSync(join(directory, 'alertmanager.yml'), stringify(config));
    // No gossip: the test is the only one there is.
    const args = [`--config.file=${join(directory, 'alertmanager.yml')}`, `--storage.path=${join(directory, 'alertmanager')}`, '--web.listen-address=127.0.0.1:0', '--cluster.listen-address='];
    const child = spawn('prometheus-alertmanager', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const listening = /msg="Listening on" address=(127\.0\.0\.1:\d+)/.exec(output);
        if (listening !== null) resolve(`http://${listening[1]}`);
      });
      child.once('error', reject).once('exit', (code) => reject(new Error(`alertmanager exited with ${code}:\n${output}`)));
    });
    return new Alertmanager(child, url);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

describe('alerts, told to programs of others', () => {
  const notified: Notified[] = [];
  const syslog: string[] = [];
  let webhook: Server;
  let syslogServer: TlsServer;
  let alertmanager: Alertmanager | undefined;
  let home: TestHome;
  let server: RunningServer;
  let token: string;
  let alertId: string;

  before(async () => {
    needProgram('prometheus-alertmanager');
    home = await installedHome();
    webhook = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        notified.push(...(JSON.parse(text) as { alerts: Notified[] }).alerts);
        response.writeHead(200).end();
      });
    }).listen(0, '127.0.0.1');
    const certificate = selfSigned('localhost');
    syslogServer = createTlsServer(certificate, (socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => void (syslog.push(text), socket.end())).on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await Promise.all([once(webhook, 'listening'), once(syslogServer, 'listening')]);
    alertmanager = await Alertmanager.start(home.directory, `http://127.0.0.1:${portOf(webhook)}/`);
    const authority = join(home.directory, 'syslog.pem');
    writeFileSync(authority, certificate.cert);
    const rules = join(home.directory, 'rules');
    mkdirSync(rules);
    server = await startServer(home, { ...quietNights(rules), ALERT_ALERTMANAGER_URL: alertmanager.url, ALERT_SYSLOG_URL: `tls://localhost:${portOf(syslogServer)}`, NODE_EXTRA_CA_CERTS: authority });
    token = await loginOwner(server);
  });
  after(async () => {
    await alertmanager?.stop();
    webhook.close();
    syslogServer.close();
    await home.dispose();
  });

  /** What Alertmanager has sent of the alert in this state, once it has. */
  const told = async (status: Notified['status']): Promise<Notified> => {
    const ask = () => call(server, 'GET', '/v1/auth/me', { token });
    const find = (): Notified | undefined => notified.find((each) => each.status === status && each.labels['alert_id'] === alertId);
    await eventually(ask, () => find() !== undefined);
    return find()!;
  };

  it('fire in Alertmanager when they are raised, and it sends them on', async () => {
    const { id } = await createPerson(server, token, 'erin');
    await bind(server, token, id, 'security-admin', 'global');
    const raised = await eventually(() => call<{ items: { id: string; rule: string }[] }>(server, 'GET', '/v1/alerts?status=open', { token }), ({ body }) => body.items.length > 0);
    const [alert] = raised.body.items;
    alertId = alert!.id;
    const { labels, annotations, generatorURL } = await told('firing');
    assert.partialDeepStrictEqual(labels, { alertname: alert!.rule, severity: 'high', service: 'quantonium', group_user_uid: id });
    assert.equal(annotations['status'], 'open');
    assert.ok(generatorURL.endsWith(`/v1/alerts/${alertId}`), generatorURL);
    const known = await call<{ labels: { alert_id: string }; status: { state: string } }[]>({ url: alertmanager!.url }, 'GET', '/api/v2/alerts');
    assert.deepEqual(known.body.map(({ labels: { alert_id }, status: { state } }) => [alert_id, state]), [[alertId, 'active']]);
  });

  it('end there when somebody resolves them', async () => {
    assert.equal(notified.some(({ status }) => status === 'resolved'), false);
    const resolved = await call(server, 'POST', `/v1/alerts/${alertId}/resolve`, { token, json: { note: 'it was agreed' } });
    assert.equal(resolved.status, 200, resolved.text);
    const { annotations } = await told('resolved');
    assert.equal(annotations['status'], 'resolved');
    assert.deepEqual((await call<unknown[]>({ url: alertmanager!.url }, 'GET', '/api/v2/alerts')).body, []);
    assert.ok(notified.every((each) => !JSON.stringify(each).includes('agreed')), 'notes stay inside');
  });

  it('go by syslog over TLS to whom an authority of the operator vouches for', async () => {
    await eventually(() => call(server, 'GET', '/v1/auth/me', { token }), () => syslog.length >= 2);
    assert.deepEqual(syslog.map((frame) => / (alert\.\w+) \[alert@32473 id="([^"]+)"/.exec(frame)?.slice(1)), [['alert.raise', alertId], ['alert.resolve', alertId]]);
  });
});
