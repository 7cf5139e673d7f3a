import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { decoded, parseForm } from './form-fields.js';

const read = (text: string): Record<string, string> => Object.fromEntries(parseForm(Buffer.from(text, 'latin1')));
const refuses = (text: string): Fault => {
  let fault: unknown;
  try {
    read(text);
  } catch (error) {
    fault = error;
  }
  assert.ok(fault instanceof Fault && fault.kind.code === 'invalid-request', text);
  return fault;
};

describe('the fields of a form', () => {
  it('are decoded as RFC 6749 appendix B writes them', () => {
    assert.deepEqual(read('+%25%26%2B%C2%A3%E2%82%AC=+%25%26%2B%C2%A3%E2%82%AC'), { ' %&+£€': ' %&+£€' });
    assert.deepEqual(read('grant_type=client_credentials&scope=read%3Adata+run%3Asimulation'), { grant_type: 'client_credentials', scope: 'read:data run:simulation' });
    assert.deepEqual(read(''), {});
  });

  it('count as not sent without a value, and still only once', () => {
    assert.deepEqual(read('scope=&client_id&token=a'), { token: 'a' });
    refuses('scope=&scope=read%3Adata');
    refuses('scope&scope');
  });

  it('are refused where one is there twice, under whatever spelling', () => {
    const { context } = refuses('client_id=a&client%5Fid=b');
    assert.deepEqual([context.pointers, context.suspicion], [[{ pointer: '/client_id', code: 'duplicate' }], 'duplicate-name']);
  });

  it('never repeat what was sent as a name, unless it is a word', () => {
    const { context } = refuses('qcs_SECRET=1&qcs_SECRET=2');
    assert.deepEqual(context.pointers, [{ pointer: '/', code: 'duplicate' }]);
  });

  it('are refused with what is no UTF-8, with NUL, with bare octets, and in masses', () => {
    for (const text of ['a=%ff', 'a=%zz', 'a=%', 'a=%00', 'a=\xe9', 'a=b c', 'a=\t', Array.from({ length: 41 }, (_, n) => `f${n}=1`).join('&')]) refuses(text);
  });

  it('have no names that every object has', () => {
    assert.equal(parseForm(Buffer.from('__proto__=1&constructor=2')).get('toString'), undefined);
  });

  it('leave a Basic credential what it was', () => {
    assert.equal(decoded('a%3Ab+c'), 'a:b c');
  });
});
