import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { BAD_TOKEN, openBadServer } from '../../../../test/harness/bad-server.js';
import { type Finding, look } from './check.js';
import { CHECKS } from './checks/all-checks.js';
import { hasFailed, judge, reportAsJson, reportInWords } from './report.js';
import { lookAll, selfAuditCommand } from './self-audit.js';
import { Target } from './target.js';
import { THREATS } from './threats/all-threats.js';

const waits: number[] = [];
const wait = (seconds: number): Promise<void> => {
  waits.push(seconds);
  return Promise.resolve();
};

describe('a server that violates everything', () => {
  let bad: Awaited<ReturnType<typeof openBadServer>>;
  let target: Target;
  before(async () => {
    bad = await openBadServer();
    target = new Target({ url: new URL(`https://127.0.0.1:${bad.port}`), token: BAD_TOKEN, otherToken: `${BAD_TOKEN}other`, wait });
  });
  after(() => bad.close());

  for (const check of CHECKS) {
    it(`fails ${check.name}`, async () => {
      const { result, detail } = await look(check, target);
      assert.equal(result, 'failed', detail ?? 'it passed');
    });
  }

  it('is looked at by fewer than 150 requests', () => assert.ok(target.sent < 150, String(target.sent)));
});

/** One answer to everything, over HTTP in clear. */
async function within(status: number, headers: Record<string, string>, body: (target: Target, asked: () => number) => Promise<void>): Promise<void> {
  let asked = 0;
  const server: Server = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, headers).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body(new Target({ url: new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}`), token: null, otherToken: null, wait }), () => asked);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

describe('a server that has had enough', () => {
  it('is asked no more after its first 429, and what was not looked at has not failed', () =>
    within(429, { 'retry-after': '60' }, async (target, asked) => {
      const findings = await lookAll(CHECKS, target);
      assert.deepEqual([...new Set(findings.map(({ result }) => result))], ['not-looked-at']);
      assert.equal(asked(), 1);
      assert.equal(hasFailed(judge('x', target.sent, findings)), false);
    }));

  it('is left alone for as long as it says before it has to refuse, twice at most', () =>
    within(404, { ratelimit: '"source";r=2;t=33' }, async (target) => {
      await lookAll(CHECKS, target);
      assert.deepEqual(waits, [33, 33]);
    }));

  it('cannot be looked at when it is not there', async () => {
    const target = new Target({ url: new URL('http://127.0.0.1:1'), token: null, otherToken: null, wait });
    assert.deepEqual(await look(CHECKS.find(({ name }) => name === 'trace')!, target), { name: 'trace', about: 'TRACE echoes nothing', result: 'not-looked-at', detail: 'no answer: ECONNREFUSED' });
  });
});

describe('a report', () => {
  const findings: Finding[] = [
    { name: 'trace', about: 'TRACE echoes nothing', result: 'failed', detail: 'it was answered 200' },
    { name: 'nosniff', about: 'no type is guessed', result: 'passed', detail: null },
    { name: 'hsts', about: 'https', result: 'not-looked-at', detail: 'the address is not https' },
  ];
  const report = judge('http://x', 3, findings);

  it('counts as failed what rests on a check that failed, and as nothing else what could not be looked at', () => {
    assert.deepEqual([report.requirements.get('V13.4.4')!.outcome, report.requirements.get('V3.4.4')!.outcome], ['failed', 'test']);
    assert.deepEqual(report.requirements.get('V3.4.1'), { id: 'V3.4.1', outcome: 'test', failed: [], unlooked: ['hsts'] });
    assert.equal(report.risks.get('API8:2023')!.outcome, 'failed');
    assert.equal(report.requirements.get('V6.3.5')!.outcome, 'open');
    assert.deepEqual(report.threats.get('B1-I1'), { id: 'B1-I1', outcome: 'failed', failed: ['trace'], unlooked: [] });
    assert.deepEqual(report.threats.get('B1-T1')!.unlooked, ['hsts']);
  });

  it('tells what is not met, and with --all everything', () => {
    const short = reportInWords(report, false);
    assert.match(short, /1 passed, 1 failed, 1 could not be looked at/);
    assert.match(short, /\n {2}V13\.4\.4 \(level 2\) no TRACE: FAILED, trace\n/);
    assert.match(short, /V6\.3\.5 \(level 3\) users told of suspicious logins: open/);
    assert.doesNotMatch(short, /V3\.4\.4/);
    assert.equal(reportInWords(report, true).match(/^ {2}V\d+\.\d+\.\d+ /gm)!.length, 345);
    assert.match(short, /\n {2}B1-I1 stranger .*: FAILED, trace\n/);
    const { requirements, risks, threats } = JSON.parse(reportAsJson(report)) as { requirements: object[]; risks: object[]; threats: object[] };
    assert.deepEqual([requirements.length, risks.length, threats.length], [345, 10, THREATS.length]);
  });
});

describe('the command', () => {
  const run = async (...words: string[]): Promise<readonly [number, string]> => {
    let told = '';
    const out = { write: (text: string) => (told += text) };
    return [await selfAuditCommand(words, out, out), told];
  };

  for (const [what, words, told] of [
    ['without an address', [], /^Usage/],
    ['with a word that it does not know', ['--token', 'secret'], /^Usage/],
    ['of an address with a path', ['--url', 'https://q.example/v1'], /origin/],
    ['of another protocol', ['--url', 'ftp://q.example'], /origin/],
    ['with a token that would go in clear', ['--url', 'http://q.example', '--token-file', 'package.json'], /nothing else/],
    ['with a file that is not there', ['--url', 'http://q.example', '--token-file', '/nothing'], /cannot be read/],
    ['of a server that is not there', ['--url', 'http://127.0.0.1:1'], /no answer/],
  ] as const) {
    it(`refuses to begin ${what}`, async () => {
      const [code, text] = await run(...words);
      assert.equal(code, 2);
      assert.match(text, told);
    });
  }
});
