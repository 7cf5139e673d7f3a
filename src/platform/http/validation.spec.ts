import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { Fault } from '#pure/fault/fault.js';
import { nextLink, pageById, PagingDto } from './paging.dto.js';
import { preferredWaitMillis, UuidParam } from './parameters.js';
import { parseQuery, queryRefusal } from './query-string.js';
import { StrictValidationPipe } from './validation.pipe.js';

class Inner {
  @IsString() label!: string;
}
class Outer {
  @IsInt() @Min(1) @Max(5) count!: number;
  @IsOptional() @IsBoolean() flag?: boolean;
  @IsOptional() @IsIn(['a', 'b']) kind?: string;
  @IsOptional() @ValidateNested() @Type(() => Inner) inner?: Inner;
  @IsOptional() @IsArray() @ArrayMaxSize(3) @ValidateNested({ each: true }) @Type(() => Inner) inners?: Inner[];
  @IsOptional() @IsArray() @IsString({ each: true }) names?: string[];
}

const pipe = new StrictValidationPipe();
const pass = (value: unknown): Promise<unknown> => pipe.transform(value, { type: 'body', metatype: Outer, data: undefined });
async function pointersOf(value: unknown, metatype: unknown = Outer, type: 'body' | 'query' = 'body'): Promise<readonly string[]> {
  try {
    await pipe.transform(value, { type, metatype: metatype as never, data: undefined });
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.kind.status, 422);
    return (error.context.pointers ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
  }
  return [];
}

describe('validation', () => {
  it('accepts what the DTO says, as an instance of it', async () => {
    const whole = { count: 3, flag: true, kind: 'a', inner: { label: 'x' }, inners: [{ label: 'y' }], names: ['z'] };
    const instance = await pass(whole);
    assert.ok(instance instanceof Outer && instance.inner instanceof Inner && instance.inners![0] instanceof Inner);
    assert.deepEqual(JSON.parse(JSON.stringify(instance)), whole);
    assert.deepEqual(await pointersOf({ count: 1 }), []);
  });

  const refused: readonly (readonly [unknown, readonly string[]])[] = [
    [{}, ['/count required']],
    [undefined, ['/count required']],
    [null, [' wrong-type']],
    [[], [' wrong-type']],
    [[{ count: 1 }], [' wrong-type']],
    ['{"count":1}', [' wrong-type']],
    [5, [' wrong-type']],
    [{ count: '3' }, ['/count wrong-type']],
    [{ count: 1.5 }, ['/count wrong-type']],
    [{ count: 0 }, ['/count out-of-range']],
    [{ count: 1e9 }, ['/count out-of-range']],
    [{ count: -1 }, ['/count out-of-range']],
    [{ count: [1] }, ['/count wrong-type']],
    [{ count: 1, flag: 'true' }, ['/flag wrong-type']],
    [{ count: 1, kind: 'c' }, ['/kind not-one-of']],
    [{ count: 1, other: 1 }, ['/other unknown-field']],
    [{ count: 1, 'a/b~c': 1 }, ['/a~1b~0c unknown-field']],
    [{ count: 1, constructor: 1 }, ['/constructor unknown-field']],
    [{ count: 1, toString: 1 }, ['/toString unknown-field']],
    [{ count: 1, hasOwnProperty: 1 }, ['/hasOwnProperty unknown-field']],
    [JSON.parse('{"count":1,"__proto__":{"flag":true}}'), ['/__proto__ unknown-field']],
    [{ count: 1, inner: { label: 'x', valueOf: 1 } }, ['/inner/valueOf unknown-field']],
    [{ count: 1, inner: { label: 'x', more: 1 } }, ['/inner/more unknown-field']],
    [{ count: 1, inner: { label: 1 } }, ['/inner/label wrong-type']],
    [{ count: 1, inner: [] }, ['/inner wrong-type']],
    [{ count: 1, inner: [{ label: 'x' }] }, ['/inner wrong-type']],
    [{ count: 1, inner: 'x' }, ['/inner wrong-type']],
    [{ count: 1, inners: { label: 'x' } }, ['/inners wrong-type']],
    [{ count: 1, inners: [{ label: 'x' }, { label: 2 }] }, ['/inners/1/label wrong-type']],
    [{ count: 1, inners: [[{ label: 'x' }]] }, ['/inners/0 wrong-type']],
    [{ count: 1, inners: [null] }, ['/inners/0 wrong-type']],
    [{ count: 1, names: 'z' }, ['/names wrong-type']],
    [{ count: 1, names: [1] }, ['/names wrong-type']],
  ];
  for (const [value, pointers] of refused) {
    it(`refuses ${JSON.stringify(value) ?? 'nothing'} at ${pointers.join(', ')}`, async () => assert.deepEqual(await pointersOf(value), pointers));
  }

  it('answers any JSON with the DTO or a 422, and never with anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.record({ count: fc.jsonValue(), inner: fc.jsonValue(), inners: fc.jsonValue(), names: fc.jsonValue() }, { requiredKeys: [] })), async (value) => {
        const pointers = await pointersOf(structuredClone(value));
        if (pointers.length > 0) return;
        assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
        const { inner, inners } = value as { inner?: unknown; inners?: unknown };
        assert.ok(inner === undefined || inner === null || !Array.isArray(inner));
        assert.ok(inners === undefined || inners === null || Array.isArray(inners));
      }),
      { seed: 20_261_122, numRuns: 400 },
    );
  });

  it('runs many at once without mixing up whose errors are whose', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => pointersOf(index % 2 === 0 ? { count: 0 } : { limit: '0' }, index % 2 === 0 ? Outer : PagingDto, index % 2 === 0 ? 'body' : 'query')));
    all.forEach((pointers, index) => assert.deepEqual(pointers, [index % 2 === 0 ? '/count out-of-range' : 'query:limit out-of-range']));
  });
});

describe('a page', () => {
  const page = async (query: string) => (await pipe.transform(parseQuery(query), { type: 'query', metatype: PagingDto, data: undefined })) as PagingDto;

  it('has 50 items unless told, and 1 to 100', async () => {
    assert.equal((await page('')).limit, 50);
    assert.equal((await page('limit=1')).limit, 1);
    assert.equal((await page('limit=100&cursor=abc-_')).cursor, 'abc-_');
  });
  for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=01', 'limit=1.0', 'limit=1e1', 'limit=0x10', 'limit=', 'limit= 5', 'limit=%205', 'limit=٥', 'cursor=', 'cursor=a%20b', 'cursor=a/b', `cursor=${'a'.repeat(513)}`, 'offset=1']) {
    it(`refuses ?${query.slice(0, 30)}`, async () => assert.equal((await pointersOf(parseQuery(query), PagingDto, 'query')).length, 1));
  }
  it('of a list by ids goes on only after an id', () => {
    const id = '019a94de-4b70-7c00-8000-000000000001';
    assert.deepEqual(pageById({ limit: 10, cursor: id }), { limit: 10, after: id });
    assert.deepEqual(pageById({ limit: 10 }), { limit: 10, after: null });
    for (const cursor of ['MDE5YTk0', id.toUpperCase()]) assert.throws(() => pageById({ limit: 10, cursor }), Fault);
  });
  it('links to the next, or to nothing', () => {
    const first = Object.assign(new PagingDto(), { limit: 2 });
    assert.equal(nextLink('/v1/users', first, 'c1', { state: 'a b' }), '/v1/users?state=a+b&limit=2&cursor=c1');
    assert.equal(nextLink('/v1/users', first, null), null);
  });
});

describe('a query', () => {
  it('is read as it is written', () => {
    assert.deepEqual({ ...parseQuery('a=1&b=%C3%BC&c=x+y&d&=e') }, { a: '1', b: 'ü', c: 'x y', d: '', '': 'e' });
    assert.equal(queryRefusal(parseQuery('a=1')), undefined);
  });
  for (const [text, code] of [['a=1&a=2', 422], ['a=1&%61=2', 422], ['__proto__=1', 422], ['constructor=1', 422], ['toString', 422], ['a=%00', 422], ['a%00=1', 422], ['a=%ff', 400], ['%=1', 400], ['a=%ed%a0%80', 400]] as const) {
    it(`is refused as ${text}`, () => assert.equal(queryRefusal(parseQuery(text))?.kind.status, code));
  }
});

describe('small parameters', () => {
  it('an id is a canonical UUID', () => {
    const param = new UuidParam();
    const metadata = { type: 'param', data: 'id' } as const;
    assert.equal(param.transform('019a94de-4b70-7c00-8000-000000000000', metadata), '019a94de-4b70-7c00-8000-000000000000');
    for (const value of ['', '1', '019A94DE-4B70-7C00-8000-000000000000', '{019a94de-4b70-7c00-8000-000000000000}', '019a94de4b707c008000000000000000', undefined, '019a94de-4b70-7c00-8000-000000000000\n']) {
      assert.throws(() => param.transform(value, metadata), (error: unknown) => error instanceof Fault && error.context.pointers?.[0]?.pointer === 'path:id');
    }
  });

  it('the first wait counts, and nonsense is no wait (RFC 7240)', () => {
    assert.equal(preferredWaitMillis(['wait=1', 'wait=2'], 60), 1000);
    assert.equal(preferredWaitMillis(['return=minimal, WAIT="3" ; x=y'], 60), 3000);
    for (const value of ['wait', 'wait=', 'wait=1.5', 'wait=1e9', 'awaits=3', 'wait=9999999999']) assert.equal(preferredWaitMillis([value], 60), 0, value);
  });
});
