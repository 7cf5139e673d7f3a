import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runWithTrace, runWithTrail } from '../system/request-context.js';
import { PinoLogger } from './pino-logger.js';
import { readableLine } from './readable-lines.js';
import { REDACTED, isSecretName, redact, redactText } from './redaction.js';

function logged(write: (logger: PinoLogger) => void, level: 'debug' | 'info' = 'debug'): Record<string, unknown>[] {
  const lines: string[] = [];
  write(new PinoLogger(level, true, { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';

describe('a log line', () => {
  it('is JSON with level, time, message, context and fields', () => {
    const [line] = logged((logger) => logger.warn('retrying', { attempt: 2 }, 'Ledger'));
    assert.match(String(line!['time']), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual({ ...line, time: '' }, { level: 40, time: '', message: 'retrying', context: 'Ledger', attempt: 2 });
  });

  it('carries the ids of the request and of the trace that it belongs to', () => {
    const trace = { traceId: 't-1', spanId: 's-1', parent: null, sampled: false };
    const [line] = logged((logger) => runWithTrail({ requestId: 'r-1', source: { ipAddress: '192.0.2.1', userAgent: null }, trace, committedEvents: [], replayedStatus: null }, () => logger.log('hello')));
    assert.equal(line!['requestId'], 'r-1');
    assert.equal(line!['traceId'], 't-1');
    const [ofJob] = logged((logger) => runWithTrace(trace, () => logger.log('hello')));
    assert.equal(ofJob!['requestId'], undefined);
    assert.equal(ofJob!['traceId'], 't-1');
  });

  it('is one line to every reader, whatever a client put into it', () => {
    const hostile = 'x\r\n{"level":50,"message":"forged"}\0\x1b[2J\x9b2J\x85\u2028\u2029\u202e\ud800';
    const lines: string[] = [];
    const logger = new PinoLogger('debug', true, { write: (line) => lines.push(line) });
    logger.log(hostile, { [hostile]: hostile, list: [hostile], bytes: Buffer.from(hostile) }, hostile);
    logger.error(new Error(hostile, { cause: new Error(hostile) }));
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.deepEqual(line.split(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/).length, 2, 'the line and its end');
      assert.doesNotMatch(line.trimEnd(), /[\x00-\x1f\x7f-\x9f\u202a-\u202e]|\p{Cs}/u);
      assert.doesNotThrow(() => JSON.parse(line) as unknown);
      // A person at a terminal sees lines of the error's stack indented below, and no line that begins like another.
      const shown = readableLine(line).replace(/\x1b\[\d+m/g, '').trimEnd();
      assert.doesNotMatch(shown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]|\p{Cs}/u);
      for (const below of shown.split('\n').slice(1)) assert.match(below, /^    /);
    }
  });

  it('is not written below the level', () => {
    assert.equal(logged((logger) => logger.debug('detail'), 'info').length, 0);
  });

  it('takes an error as its message, as an argument, and as Nest hands on a stack', () => {
    const error = new TypeError('broken', { cause: new Error('beneath') });
    const lines = logged((logger) => {
      logger.error(error, 'Http');
      logger.error('it failed', error, 'Http');
      logger.error('it failed', error.stack, 'Http');
      logger.warn({ err: error, msg: 'it failed', attempt: 1 });
    });
    assert.deepEqual(lines.map(({ message }) => message), ['broken', 'it failed', 'it failed', 'it failed']);
    for (const index of [0, 1, 3]) {
      const described = lines[index]!['error'] as { type: string; cause: { message: string } };
      assert.equal(described.type, 'TypeError');
      assert.equal(described.cause.message, 'beneath');
    }
    assert.match(String(lines[2]!['stack']), /TypeError: broken\n/);
    assert.equal(lines[3]!['attempt'], 1);
  });

  it('has of an error no field in which a driver keeps the statement and its values', () => {
    const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(SENSITIVE) already exists.', query: 'INSERT …', parameters: ['SENSITIVE'] });
    const [line] = logged((logger) => logger.error('it failed', error));
    assert.doesNotMatch(JSON.stringify(line), /SENSITIVE|INSERT/);
    assert.equal((line!['error'] as { code: string }).code, '23505');
  });

  it('has no secret in it, by name or by shape, however deep', () => {
    const [line] = logged((logger) =>
      logger.log(`connecting to postgresql://app:SENSITIVE@db/q with ${JWT}`, {
        password: 'SENSITIVE',
        headers: { Authorization: 'SENSITIVE', 'x-vault-token': 'SENSITIVE', accept: 'json' },
        list: [{ refreshToken: 'SENSITIVE' }],
        pem: '-----BEGIN PRIVATE KEY-----\nSENSITIVE\n-----END PRIVATE KEY-----',
        note: `Bearer ${JWT}`,
        bytes: Buffer.from('SENSITIVE'),
      }),
    );
    const text = JSON.stringify(line);
    assert.doesNotMatch(text, /SENSITIVE|eyJ/);
    assert.match(text, /"accept":"json"/);
    assert.match(text, /postgresql:\/\/app:\[redacted\]@db/);
  });

  it('survives cycles, getters of size, and numbers that JSON has not', () => {
    const cycle: Record<string, unknown> = { count: 10n, when: new Date(NaN), set: new Set([1]) };
    cycle['self'] = cycle;
    assert.equal(logged((logger) => logger.log('odd', cycle)).length, 1);
  });
});

describe('redaction', () => {
  it('knows names of secrets in every spelling', () => {
    for (const name of ['password', 'newPassword', 'DB_PASSWORD', 'X-Vault-Token', 'access_token', 'clientSecret', 'Set-Cookie', 'rootKey', 'DATABASE_URL']) assert.equal(isSecretName(name), true, name);
  });

  it('leaves names that only sound like it', () => {
    for (const name of ['keyId', 'tokens', 'passwordAgeDays', 'secretary', 'name', 'tokenCount']) assert.equal(isSecretName(name), false, name);
  });

  it('leaves ordinary text as it is', () => {
    const text = 'GET https://q.example:443/v1/users?limit=5 at 12:30:01 user@host';
    assert.equal(redactText(text), text);
  });

  it('replaces and does not remove, so that one sees that something was there', () => {
    assert.deepEqual(redact({ token: 'x' }), { token: REDACTED });
  });
});

describe('a line for a person', () => {
  it('shows level, context, message, fields and the error with its causes', () => {
    const line = readableLine(JSON.stringify({ level: 50, time: '2026-01-02T03:04:05.678Z', message: 'it failed', context: 'Http', attempt: 2, error: { type: 'E', message: 'm', stack: 'E: m\n    at x', cause: { type: 'C', message: 'beneath' } } }));
    assert.equal(line.replace(/\x1b\[\d+m/g, ''), '03:04:05.678 ERROR Http it failed attempt=2\n    E: m\n        at x\n    C: beneath\n');
  });

  it('lets no client move the cursor of the operator', () => {
    const line = readableLine(JSON.stringify({ level: 30, time: '2026-01-02T03:04:05.678Z', message: 'user \x1b[2J\rroot', name: '\x1b]0;title\x07' }));
    assert.doesNotMatch(line.replace(/\x1b\[\d+m/g, ''), /[\x00-\x09\x0b-\x1f]/);
  });
});
