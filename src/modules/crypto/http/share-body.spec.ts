import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { readUnsealRequest } from './share-body.js';

const SHARE = Buffer.from([...Array(33).keys()]);
const HEX = SHARE.toString('hex');
const BASE64 = SHARE.toString('base64');
const OTHER = Buffer.alloc(33, 0xc7).toString('hex');
const refused = (error: unknown): boolean => error instanceof Fault && error.kind.status < 500 && !JSON.stringify(error.context).includes(HEX);

describe('the body that gives a share', () => {
  for (const text of [`{"key":"${HEX}"}`, `{"key":"${BASE64}","migrate":true}`, ` { "reset" : "false" , "key"\n:\t"${HEX.toUpperCase()}" } `, `{"key":"${BASE64}","unknown":{"a":1}}`, `{"a long name":"and a \\"long\\" value","key":"${HEX}","last":"of so many bytes"}`, `{"other":{"key":"${OTHER}"},"key":"${HEX}"}`]) {
    it(`is read from ${JSON.stringify(text)}, and holds no share any more`, () => {
      const bytes = Buffer.from(text);
      const { share, reset } = readUnsealRequest(bytes);
      assert.deepEqual(share, SHARE);
      assert.equal(reset, false);
      for (const spelling of [HEX, BASE64, HEX.toUpperCase()]) assert.ok(!bytes.includes(spelling));
    });
  }

  it('may only reset', () => assert.deepEqual(readUnsealRequest(Buffer.from('{"reset":true}')), { share: null, reset: true }));

  const wrong = ['', '{}', '[]', '{"key":null}', '{"key":""}', `{"key":["${HEX}"]}`, `{"outer":{"key":"${HEX}"}}`, `{"key":"${HEX}","key":"${HEX}"}`, `{"key":"${HEX}"`, `{"key":"\\u0061${HEX.slice(1)}"}`, `{"key":"${'zz'.repeat(33)}"}`, '{"key":5}', `{"key":"x","other":{"key":"${HEX}"}}`, `{"key":"bbb","other":"${HEX}"}`, `{"key":"${HEX}`, `{"key":"${HEX.slice(2)}"}`, `{${Array.from({ length: 30 }, (_, n) => `"${n}":"a long value"`).join()},"key":"${HEX}"}`];
  for (const text of wrong) it(`is refused as ${JSON.stringify(text).slice(0, 60)}`, () => assert.throws(() => readUnsealRequest(Buffer.from(text)), refused));

  for (const [what, text] of Object.entries({
    'a name that stands there twice': `{"key":"${HEX}","key":"${OTHER}"}`,
    'a name that is spelled in two ways': `{"k\\u0065y":"${HEX}","key":"${OTHER}"}`,
    'a share by another name': `{"share":"${HEX}","shares":["${OTHER}"]}`,
    'a string that does not end': `{"other":"${OTHER}","key":"${HEX}`,
  })) {
    it(`is refused with ${what}, and holds no share any more`, () => {
      const bytes = Buffer.from(text);
      assert.throws(() => readUnsealRequest(bytes), refused);
      for (const spelling of [HEX, OTHER]) assert.ok(!bytes.includes(spelling));
    });
  }
});
