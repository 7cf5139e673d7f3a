import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { call, eventually, loginOwner } from '../harness/api.js';
import { typesIn } from '../harness/exposition.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { BELL } from '../e2e/programs.js';
import { needProgram } from './install.js';

const DIRECTORY = 'docker/observability';

function run(program: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...(input === undefined ? {} : { input }) });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}${error?.message ?? ''}`);
  return `${stdout}${stderr}`;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(readFileSync(`${DIRECTORY}/grafana-dashboard.json`, 'utf8')) as { readonly panels: readonly Panel[] };
const expressions = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** Names of ours and of the process that an expression reads, without the suffixes of a histogram's parts. */
function metricsOf(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:quantonium|process|nodejs)_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
}

/** The files of docker/observability, held by Prometheus' own programs and against a server that runs. */
describe('what is shipped for Prometheus', () => {
  let home: TestHome;
  let server: RunningServer;
  let exposition: string;
  before(async () => {
    needProgram('promtool', 'prometheus');
    needProgram('amtool', 'prometheus-alertmanager');
    home = await installedHome({ MANAGEMENT_PORT: '0' });
    // A setting that stands where it can change has metrics of its own.
    const smtpUrl = join(home.directory, 'smtp-url');
    writeFileSync(smtpUrl, 'smtp://127.0.0.1:25', { mode: 0o600 });
    server = await startServer(home, { SMTP_URL_FILE: smtpUrl, ALERT_EMAIL_FROM: 'quantonium@example.org' });
    const token = await loginOwner(server);
    await call(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 10 }, headers: { prefer: 'wait=10' } });
    const metrics = /metrics +(http:\S+)/.exec(server.output())![1]!;
    // Gauges come with the ticks that set them, some seconds apart.
    ({ text: exposition } = await eventually(() => call({ url: metrics }, 'GET', ''), ({ text }) => ['audit_tree_size', 'simulation_jobs', 'audit_checkpoint_size'].every((name) => typesIn(text).has(`quantonium_${name}`))));
  });
  after(() => home.dispose());

  it('the rules are rules, and fire and stay silent as their tests say', () => {
    run('promtool', ['check', 'rules', `${DIRECTORY}/prometheus-rules.yml`]);
    run('promtool', ['test', 'rules', `${DIRECTORY}/prometheus-rules.test.yml`]);
  });

  it('every rule has a test', () => {
    const alerts = [...readFileSync(`${DIRECTORY}/prometheus-rules.yml`, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    const tests = readFileSync(`${DIRECTORY}/prometheus-rules.test.yml`, 'utf8');
    assert.ok(alerts.length > 10);
    for (const alert of alerts) assert.match(tests, new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:`), alert);
  });

  it('the examples of a configuration are ones', () => {
    run('promtool', ['check', 'config', `${DIRECTORY}/prometheus.yml`]);
    run('amtool', ['check-config', `${DIRECTORY}/alertmanager.yml`]);
  });

  it('what the server shows is to the liking of promtool', () => {
    assert.equal(run('promtool', ['check', 'metrics'], exposition), '');
  });

  it('every expression of the dashboard is one that Prometheus can evaluate', () => {
    assert.ok(expressions.length > 30);
    const rules = expressions.map(({ expr }, at) => ({ record: `dashboard:expression_${at}`, expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*') }));
    const file = join(home.directory, 'dashboard-rules.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    run('promtool', ['check', 'rules', file]);
  });

  const declared = new Set(CATALOGUE.metrics.map(({ name }) => name));
  const read = [...expressions.flatMap(({ expr }) => metricsOf(expr)), ...metricsOf(readFileSync(`${DIRECTORY}/prometheus-rules.yml`, 'utf8'))];

  it('every metric that a panel or a rule reads is declared, and every declared one is read by a panel', () => {
    assert.deepEqual([...new Set(read.filter((name) => name.startsWith('quantonium_') && !declared.has(name)))], []);
    const shown = new Set(expressions.flatMap(({ expr }) => metricsOf(expr)));
    assert.deepEqual([...declared].filter((name) => !shown.has(name)), []);
  });

  /** They appear when there is a witness, an anchor that was asked, TLS, or counters that replicas share. */
  const ELSEWHERE = /_witness_|audit_forked|tls_certificate|rate_limit_shared/;

  it('every metric that a panel or a rule reads is on a server that runs', () => {
    const types = typesIn(exposition);
    assert.deepEqual([...new Set(read.filter((name) => !types.has(name) && !ELSEWHERE.test(name)))], []);
  });

  it('what the server shows is what its modules declare, with their types, and the process', () => {
    const kinds = new Map<string, string>(CATALOGUE.metrics.map(({ name, type }) => [name, type]));
    for (const [name, type] of typesIn(exposition)) {
      if (!/^(process|nodejs)_/.test(name)) assert.equal(type, kinds.get(name), name);
    }
  });

  it('names nobody and nothing of this installation', () => {
    assert.doesNotMatch(exposition, /owner|@|[0-9a-f]{8}-[0-9a-f]{4}|"\/tmp/);
    assert.ok(!exposition.includes(home.directory));
  });
});
