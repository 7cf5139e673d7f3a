import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { SigmaError } from '#pure/sigma/sigma-error.js';
import { RuleBook } from './rule-book.js';
import { RuleFileError } from './rule-files.js';
import { rulesOfYaml } from './rule-source.js';

const ID = '0198c0de-0000-4000-8000-000000000001';
const rule = (over: string = '', id = ID): string => `title: Mine\nid: ${id}\n${over}detection:\n  selection:\n    status_id: 2\n  condition: selection\n`;

describe('the book of rules', () => {
  let directory = '';
  const directories: string[] = [];
  beforeEach(() => directories.push((directory = mkdtempSync(join(tmpdir(), 'quantonium-rules-')))));
  after(() => directories.forEach((each) => rmSync(each, { recursive: true })));
  const write = (file: string, text: string | Buffer): void => writeFileSync(join(directory, file), text);
  const shipped = new RuleBook('/nonexistent');
  const titled = (book: RuleBook, id: string) => book.rules.find((each) => each.rule.id === id);

  it('has the rules that ship where the operator has none, and no directory for them', () => {
    assert.ok(shipped.rules.length > 15);
    assert.ok(shipped.rules.every(({ origin }) => origin === 'shipped'));
  });

  it('adds the rules of the operator, whatever else lies beside them', () => {
    write('mine.yml', rule());
    write('other.yaml', rule('', ID.replace(/1$/, '2')));
    write('README.md', 'not a rule');
    const book = new RuleBook(directory);
    assert.equal(book.rules.length, shipped.rules.length + 2);
    assert.partialDeepStrictEqual(titled(book, ID), { origin: 'own', file: 'mine.yml', raises: true });
  });

  it('puts a rule of the operator in the place of the one that ships with its id', () => {
    const { id } = shipped.rules.find(({ file }) => file === 'key_exported.yml')!.rule;
    write('mine.yml', rule('', id));
    const book = new RuleBook(directory);
    assert.equal(book.rules.length, shipped.rules.length);
    assert.partialDeepStrictEqual(titled(book, id), { origin: 'own', rule: { title: 'Mine' } });
  });

  for (const off of ['status: deprecated\n', 'enabled: false\n']) {
    it(`switches a rule off with ${off.trim()}`, () => {
      const { id } = shipped.rules.find(({ file }) => file === 'key_exported.yml')!.rule;
      write('off.yml', rule(off, id));
      const book = new RuleBook(directory);
      assert.equal(titled(book, id)?.raises, false);
      assert.equal(book.set.ordered.some((linked) => linked.rule.id === id), false);
    });
  }

  it('correlates rules that ship by their names, and reads several of a file', () => {
    write('mine.yml', `${rule('name: mine\n')}---\ntitle: Both\nid: ${ID.replace(/1$/, '2')}\ncorrelation:\n  type: temporal\n  rules: [mine, login_failed]\n  timespan: 5m\n`);
    const book = new RuleBook(directory);
    assert.deepEqual([titled(book, ID)?.raises, titled(book, ID.replace(/1$/, '2'))?.raises], [false, true]);
  });

  const BROKEN: readonly [string, string | Buffer, RegExp][] = [
    ['a modifier', rule().replace('status_id', 'status_id|fuzzy'), /mine\.yml is refused: detection\.selection\.status_id\|fuzzy: unknown modifier$/],
    ['no YAML', 'title: [', /mine\.yml is refused: line \d+: is not YAML$/],
    ['a key twice', `${rule()}title: Again\n`, /mine\.yml is refused: line \d+: is not YAML$/],
    ['nothing', '# nothing\n', /mine\.yml is refused: rule: is empty$/],
    ['a second document', `${rule()}---\ntitle: x\n`, /mine\.yml is refused: document 2: id: must be a UUID in lower case$/],
    ['a reference to nothing', `title: C\nid: ${ID}\ncorrelation:\n  type: event_count\n  rules: [nobody]\n  timespan: 5m\n  condition: {gte: 2}\n`, /mine\.yml, with those of .*: correlation\.rules\[0\]: no rule has this id or name$/],
    ['a bomb of aliases', `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`, /mine\.yml is refused: rule: refers to itself, or to too much$/],
    ['no text', Buffer.from([0xff, 0xfe, 0x00]), /mine\.yml is refused: rule: is not UTF-8$/],
    ['too much', `#${'x'.repeat(70_000)}\n${rule()}`, /mine\.yml is refused: rule: longer than 65536 bytes$/],
  ];
  for (const [what, text, message] of BROKEN) {
    it(`refuses ${what}, and names the file and the place`, () => {
      write('mine.yml', text);
      assert.throws(() => new RuleBook(directory), (error) => error instanceof RuleFileError && (assert.match(error.message, message), true));
    });
  }

  it('refuses one id in two files, and an installation without its rules', () => {
    write('a.yml', rule());
    write('b.yml', rule());
    assert.throws(() => new RuleBook(directory), { name: 'RuleFileError', message: `two detection rules in ${directory} have the id ${ID}: a.yml and b.yml` });
    assert.throws(() => new RuleBook('/nonexistent', '/nonexistent'), { name: 'RuleFileError' });
  });

  it('reads YAML as YAML 1.2: no date, no octal number and no «no» that is false', () => {
    const [only] = rulesOfYaml(`${rule('date: 2026-11-22\n').replace('status_id: 2', 'answer: no')}`);
    assert.ok(only?.rule.kind === 'detection' && only.rule.matches({ answer: 'no' }));
    assert.throws(() => rulesOfYaml(rule('level: !!js/function x\n')), SigmaError);
  });
});
