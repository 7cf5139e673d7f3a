import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printable, printableJson } from './printable.js';

/** Everything that some splitter of lines splits at: those of Python and of Unicode (UAX #14), beside LF and CRLF. */
const LINE_ENDS = /[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;
const HOSTILE = ['\r\n', '\n', '\0', '\x1b[2J', '\x9b2J', '\x7f', '\x85', '\u2028', '\u2029', '\u202e', '\u2066', '\ufeff', '\ud800', '\udfff'];
const anything = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' }), fc.string()), { maxLength: 12 }).map((parts) => parts.join(''));

describe('a printable text', () => {
  it('has a word for each character that it must not have', () => {
    assert.equal(printable('a\r\nb\x1b[2J\u2028\ud800 \u{1f600}'), 'a\\u{d}\\u{a}b\\u{1b}[2J\\u{2028}\\u{d800} \u{1f600}');
  });

  it('leaves letters of every script, emoji and spaces as they are', () => {
    for (const text of ['', 'plain text', 'Grüße', '日本語', 'مرحبا', '\u{1f469}\u{1f3fd}\u200d\u{1f680}', 'a\u00a0b']) assert.equal(printable(text), text);
  });

  it('is one well-formed line, whatever it is made of', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const shown = printable(text);
        assert.ok(shown.isWellFormed());
        assert.doesNotMatch(shown, LINE_ENDS);
        assert.doesNotMatch(shown, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
      { seed: 20_261_122, numRuns: 500 },
    );
  });
});

describe('a printable JSON text', () => {
  it('is one line to every reader, and means what it meant', () => {
    fc.assert(
      fc.property(fc.dictionary(anything, anything), (value) => {
        const json = JSON.stringify(value);
        const shown = printableJson(json);
        assert.deepEqual(JSON.parse(shown), JSON.parse(json));
        assert.doesNotMatch(shown, LINE_ENDS);
        assert.doesNotMatch(shown, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/);
      }),
      { seed: 20_261_122, numRuns: 500 },
    );
  });

  it('is left as it is where there is nothing to escape', () => {
    const json = '{"a":"Grüße \\n \u{1f600}"}\n';
    assert.equal(printableJson(json), json);
  });
});
