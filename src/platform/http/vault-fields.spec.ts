import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '#pure/encoding/base64.js';
import { Fault } from '#pure/fault/fault.js';
import { base64, flag, integer, parseVaultBody, readFields, schemaOf, seconds, text, type VaultField } from './vault-fields.js';

const ABOUT = { example: 'x' };

/** The pointer and code of a refusal; what was read otherwise. */
function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fault) || error.kind.status >= 500) throw error;
    const [first] = error.context.pointers ?? [];
    return `${error.kind.code} ${first?.pointer} ${first?.code}`;
  }
}

const read = (field: VaultField<unknown>, value: unknown): unknown => outcomeOf(() => field.read(value, '/f'));
const WRONG_TYPE = 'invalid-request /f wrong-type';
const WRONG_FORMAT = 'invalid-request /f wrong-format';

describe('an integer of a Vault client', () => {
  const version = integer({ min: 0, max: 2_000_000_000 }, ABOUT);
  for (const value of [0, 1, 7, 2_000_000_000]) {
    it(`is ${value} as a number and as its digits`, () => {
      assert.equal(read(version, value), value);
      assert.equal(read(version, String(value)), value);
    });
  }

  for (const value of ['', ' 1', '1 ', '01', '00', '+1', '-0', '1.0', '1e3', '0x10', '1_000', '١', '12345678901', 'NaN', 'Infinity', 'true', 1.5, 1e30, -0, Number.MAX_SAFE_INTEGER + 1, NaN, Infinity, true, [], [1], {}]) {
    it(`is not ${typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value)}`, () => assert.equal(read(version, value), WRONG_TYPE));
  }

  it('is the number that its JSON stands for, however it is spelled', () => {
    for (const json of ['{"f":1}', '{"f":1.0}', '{"f":1e0}', '{"f":10E-1}']) assert.equal(readFields({ f: version }, parseVaultBody(Buffer.from(json))).f, 1, json);
  });

  it('says where it is out of its range, as which number and not as which text', () => {
    assert.equal(read(version, -1), 'invalid-request /f out-of-range');
    assert.equal(read(version, '2000000001'), 'invalid-request /f out-of-range');
    assert.equal(read(version, '9999999999'), 'invalid-request /f out-of-range');
  });

  it('is what it is said to be where it is absent or null', () => {
    for (const absent of [undefined, null]) {
      assert.equal(read(version, absent), undefined);
      assert.equal(read(integer({ min: 1, max: 2 }, ABOUT, 2), absent), 2);
    }
  });

  it('reads every integer back from its digits, and nothing from any other text', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (number) => read(version, String(number)) === number));
    fc.assert(fc.property(fc.string(), (value) => /^(?:0|[1-9]\d{0,9})$/.test(value) || read(version, value) === WRONG_TYPE));
  });
});

describe('a flag of a Vault client', () => {
  for (const [value, expected] of [[true, true], ['true', true], [1, true], ['1', true], [false, false], ['false', false], [0, false], ['0', false]] as const) {
    it(`is ${expected} as ${JSON.stringify(value)}`, () => assert.equal(read(flag(ABOUT), value), expected));
  }
  for (const value of ['', 'TRUE', 'yes', 't', 2, -0.5, [], {}, 'true ']) it(`is not ${JSON.stringify(value)}`, () => assert.equal(read(flag(ABOUT), value), WRONG_TYPE));
  it('is what it is said to be where it is absent', () => {
    assert.equal(read(flag(ABOUT), undefined), undefined);
    assert.equal(read(flag(ABOUT, true), null), true);
  });
});

describe('a duration of a Vault client', () => {
  for (const [value, expected] of [[0, 0], ['0', 0], [3600, 3600], ['3600', 3600], ['3600s', 3600], ['90m', 5400], ['24h', 86_400], ['30d', 2_592_000], ['0s', 0], ['720h0m0s', 2_592_000], ['1h30m', 5400], ['1h0m1s', 3601], ['1d12h', 129_600]] as const) {
    it(`is ${expected} seconds as ${JSON.stringify(value)}`, () => assert.equal(read(seconds(ABOUT), value), expected));
  }
  for (const value of ['', 's', 'd', '1w', '1H', '1.5h', '-1h', '+1h', '01h', '30m1h', '1h1h', '1h30', 'h', '1hm', '1h 30m', '1h-30m', '1h1.5m', '36500d1s', ' 1h', '1 h', '1e3s', '99999999999s', '36501d', -1, 1.5, 1e30, -0, 3_153_600_001, true, [], {}]) {
    it(`is not ${Object.is(value, -0) ? '-0' : JSON.stringify(value)}`, () => assert.equal(read(seconds(ABOUT), value), WRONG_FORMAT));
  }
});

describe('base64 of a Vault client', () => {
  it('is the standard alphabet with its padding', () => {
    assert.deepEqual(decodeBase64(''), Buffer.alloc(0));
    assert.deepEqual(decodeBase64('+/8='), Buffer.from([0xfb, 0xff]));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeBase64(Buffer.from(bytes).toString('base64'))!.equals(bytes)));
  });
  for (const value of ['-_8=', '+/8', 'YQ', 'YQ=', 'YQ===', 'YR==', 'YQ==YQ==', 'Y Q==', 'YQ==\n', '\nYQ==', '=', '====', 'Y', 'ä===', 5, true, {}, ['YQ==']]) {
    it(`is not ${JSON.stringify(value)}`, () => assert.equal(read(base64(ABOUT), value), WRONG_FORMAT));
  }
});

describe('the members of a body', () => {
  const FIELDS = { name: text(ABOUT), type: text(ABOUT, 'aes256-gcm96'), constructor: text(ABOUT), count: integer({ min: 1, max: 9 }, ABOUT) };

  it('are read by name, and what is not known is passed over', () => {
    assert.deepEqual(readFields(FIELDS, { name: 'k', count: '3', other: { deep: 1 } }), { name: 'k', type: 'aes256-gcm96', constructor: undefined, count: 3 });
  });
  it('are never those that an object inherits', () => {
    assert.equal(readFields(FIELDS, {}).constructor, undefined);
    assert.equal(readFields({ toString: text(ABOUT) }, {}).toString, undefined);
    assert.equal(readFields({ name: text(ABOUT) }, Object.create({ name: 'inherited' }) as Record<string, unknown>).name, undefined);
  });
  it('are refused at their own place, also within a batch', () => {
    assert.equal(outcomeOf(() => readFields(FIELDS, { name: 5 })), 'invalid-request /name wrong-type');
    assert.equal(outcomeOf(() => readFields(FIELDS, { count: 10 }, '/batch_input/3')), 'invalid-request /batch_input/3/count out-of-range');
  });
  it('are wiped where a later one is refused', () => {
    const read: Buffer[] = [];
    const noting: VaultField<Buffer | undefined> = {
      schema: {},
      read: (value, pointer) => {
        const bytes = base64(ABOUT).read(value, pointer);
        if (bytes !== undefined) read.push(bytes);
        return bytes;
      },
    };
    const fields = { secret: noting, count: integer({ min: 1, max: 9 }, ABOUT) };
    assert.equal(outcomeOf(() => readFields(fields, { secret: 'c2VjcmV0', count: 10 })), 'invalid-request /count out-of-range');
    assert.deepEqual(read, [Buffer.alloc(6)]);
    assert.deepEqual(readFields(fields, { secret: 'c2VjcmV0', count: 9 }).secret, Buffer.from('secret'));
  });
  it('are described as they are read', () => {
    assert.deepEqual(schemaOf({ name: text({ example: 'k' }) }, ['name']), { type: 'object', properties: { name: { type: 'string', example: 'k' } }, required: ['name'] });
    assert.equal('required' in schemaOf(FIELDS), false);
  });
});

describe('the body of a Vault client', () => {
  const parsed = (json: string): unknown => outcomeOf(() => parseVaultBody(Buffer.from(json)));

  it('is an object, and nothing is an empty one', () => {
    assert.deepEqual({ ...(parsed('{"a":1}') as object) }, { a: 1 });
    assert.deepEqual(parsed(''), {});
    assert.deepEqual(parsed('null'), {});
  });
  for (const json of ['[]', '5', '"a"', 'true']) it(`is not ${json}`, () => assert.equal(parsed(json), 'invalid-request  wrong-type'));
  for (const json of ['{', '{"a":1,"a":2}', '{"__proto__":{}}', "{'a':1}", '{"a":01}', '{"a":NaN}', '{} {}', '\ufeff{}', 'plaintext=YQ==']) {
    it(`is refused as JSON: ${json}`, () => assert.match(String(parsed(json)), /^malformed-json /));
  }
  for (const [json, suspicion] of [['{"a":1,"a":2}', 'duplicate-name'], ['{"__proto__":{}}', 'prototype-name'], ['{"a":"\\u0000"}', 'nul-character'], ['{', undefined]] as const) {
    it(`looks ${suspicion === undefined ? 'like a mistake' : `suspicious (${suspicion})`}: ${json}`, () => {
      assert.throws(() => parseVaultBody(Buffer.from(json)), (error) => error instanceof Fault && error.context.suspicion === suspicion);
    });
  }
});
