import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatRecoveryCode, recoveryCodeHash } from './recovery-code.js';
import { base32, codeDelaySeconds, hotp, otpauthUri, stepAt, stepOf } from './totp.js';

/** RFC 6238, appendix B, SHA-1: eight digits of this secret at these seconds. */
const SECRET = Buffer.from('12345678901234567890');
const VECTORS: readonly [number, string][] = [
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
];
/** RFC 4226, appendix D: six digits, by counter. */
const HOTP = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];

describe('one-time codes', () => {
  it('are those of RFC 6238 and RFC 4226', () => {
    for (const [seconds, code] of VECTORS) assert.equal(hotp(SECRET, stepAt(seconds * 1000), 8), code);
    for (const [counter, code] of HOTP.entries()) assert.equal(hotp(SECRET, counter), code);
  });

  it('are taken of this step, the one before and the one after, and of no other', () => {
    const now = 1_700_000_000_000;
    for (const steps of [-1, 0, 1]) assert.equal(stepOf(SECRET, hotp(SECRET, stepAt(now) + steps), now, 0), stepAt(now) + steps);
    for (const steps of [-3, -2, 2, 3]) assert.equal(stepOf(SECRET, hotp(SECRET, stepAt(now) + steps), now, 0), null);
  });

  it('are refused of a step that was used, and of every one before it', () => {
    const now = 1_700_000_000_000;
    assert.equal(stepOf(SECRET, hotp(SECRET, stepAt(now)), now, stepAt(now)), null);
    assert.equal(stepOf(SECRET, hotp(SECRET, stepAt(now) - 1), now, stepAt(now)), null);
    assert.equal(stepOf(SECRET, hotp(SECRET, stepAt(now) + 1), now, stepAt(now)), stepAt(now) + 1);
  });

  for (const typed of ['', '12345', '1234567', '12345a', '１２３４５６', ' 12345', '-12345', '1e5000']) {
    it(`refuses ${JSON.stringify(typed)}`, () => assert.equal(stepOf(SECRET, typed, 1_700_000_000_000, 0), null));
  }

  it('are delayed after ten wrong ones, for a quarter of an hour at most', () => {
    assert.deepEqual([0, 9, 10, 11, 15, 100, 1e6].map((failures) => codeDelaySeconds(failures, 0)), [0, 0, 1, 2, 32, 900, 900]);
    assert.equal(codeDelaySeconds(15, 31.5), 1);
    assert.equal(codeDelaySeconds(1e6, 900), 0);
  });

  it('come from secrets that people can type: RFC 4648, §10', () => {
    const vectors = { '': '', f: 'MY', fo: 'MZXQ', foo: 'MZXW6', foob: 'MZXW6YQ', fooba: 'MZXW6YTB', foobar: 'MZXW6YTBOI' };
    for (const [plain, encoded] of Object.entries(vectors)) assert.equal(base32(Buffer.from(plain)), encoded);
    assert.equal(otpauthUri('Quantonium', 'a@b', 'MZXW6'), 'otpauth://totp/Quantonium:a%40b?secret=MZXW6&issuer=Quantonium&algorithm=SHA1&digits=6&period=30');
  });
});

describe('recovery codes', () => {
  const code = formatRecoveryCode(Buffer.from('00112233445566778899aabbccddeeff', 'hex'));

  it('have eighty bits in four groups, and are read as people copy them', () => {
    assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    const hash = recoveryCodeHash(code)!;
    assert.equal(hash.length, 32);
    for (const typed of [code.toUpperCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')} `, code.replaceAll('0', 'O').replaceAll('1', 'l')]) assert.deepEqual(recoveryCodeHash(typed), hash);
  });

  it('are no other text', () => {
    for (const typed of ['', '0000', `${code}0`, code.slice(1), code.replace(/^./, 'u'), 'ünïcödeünïcödeün']) assert.equal(recoveryCodeHash(typed), null);
  });
});
