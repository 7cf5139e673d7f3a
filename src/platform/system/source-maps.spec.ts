import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import './source-maps.js';

const SOURCE = 'src/platform/system/source-maps.spec.ts';
const linesOf = ({ stack }: { readonly stack?: string | undefined }): string[] => stack!.split('\n');

describe('a stack trace', () => {
  it('names a line of our sources, by its row and column', () => {
    const [head, line] = linesOf(new RangeError('$& is no pattern'));
    assert.equal(head, 'RangeError: $& is no pattern');
    const [, file, row, column] = /^ {4}at .*\((\/.*):(\d+):(\d+)\)$/.exec(line!) ?? assert.fail(line);
    assert.ok(file!.endsWith(SOURCE), file);
    assert.ok(readFileSync(file!, 'utf8').split('\n')[Number(row) - 1]!.slice(Number(column) - 1).startsWith("new RangeError('$&"));
  });

  it('leaves lines that are not ours as they are', () => {
    const lines = linesOf(new Error('x')).slice(2);
    assert.ok(lines.some((line) => /\(node:internal\/\S+:\d+:\d+\)$/.test(line)), lines.join('\n'));
  });

  it('is there for what is no error, and for an error that cannot be read', () => {
    for (const [odd, head] of [[{}, 'Error'], [{ get name(): string { return assert.fail('read'); } }, '<error>']] as const) {
      Error.captureStackTrace(odd);
      const [first, line] = linesOf(odd as Error);
      assert.equal(first, head);
      assert.ok(line!.includes(SOURCE), line);
    }
  });
});
