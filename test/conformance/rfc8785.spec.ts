import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson, canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { parseStrictJson } from '#pure/canonical-json/strict-parse.js';

/** What a text becomes when it is parsed and written again. */
function canonicalOf(text: string): string {
  const parsed = parseStrictJson(Buffer.from(text, 'utf8'));
  assert.ok(parsed.ok, text);
  return canonicalJson(parsed.value);
}

describe('RFC 8785 Appendix B: numbers', () => {
  /** IEEE 754 bits and the text that they have. */
  const SAMPLES: readonly (readonly [string, string])[] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ];

  it('writes each sample as published', () => {
    for (const [bits, text] of SAMPLES) assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text, bits);
  });

  it('refuses NaN and the infinities', () => {
    for (const bits of ['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000']) {
      assert.throws(() => canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), TypeError, bits);
    }
  });
});

describe('RFC 8785 §3.2: its examples, and those of its reference implementation', () => {
  const EXAMPLES: Readonly<Record<string, readonly [string, string]>> = {
    'values (§3.2.2)': [
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    'order of names (§3.2.3)': [
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
    'arrays keep their order': ['[ 56, { "d": true, "10": null, "1": [ ] } ]', '[56,{"1":[],"10":null,"d":true}]'],
    'no locale in the order': [
      '{"peach":1,"p\u00e9ch\u00e9":2,"p\u00eache":3,"sin":4}',
      '{"peach":1,"p\u00e9ch\u00e9":2,"p\u00eache":3,"sin":4}',
    ],
    'nested structures': [
      '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
    ],
    'no normalisation of Unicode': ['{"A":"A\\u030a"}', '{"A":"A\u030a"}'],
  };

  for (const [name, [input, output]] of Object.entries(EXAMPLES)) {
    it(`canonicalises: ${name}`, () => {
      assert.equal(canonicalOf(input), output);
      assert.equal(canonicalOf(output), output);
    });
  }

  it('gives the bytes of §3.2.4', () => {
    const [input] = EXAMPLES['values (§3.2.2)']!;
    const parsed = parseStrictJson(Buffer.from(input, 'utf8'));
    assert.ok(parsed.ok);
    assert.equal(
      canonicalJsonBytes(parsed.value).toString('hex'),
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d',
    );
  });
});
