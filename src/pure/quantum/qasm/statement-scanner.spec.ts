import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../../../test/property/random-circuits.js';
import { gateNamed } from '../gates/gate-table.js';
import type { GateDefinition } from './gate-definition.js';
import { parseOpenQasm2 } from './openqasm2.js';
import { StatementScanner } from './statement-scanner.js';

const PRELUDE = 'include "qelib1.inc"; qreg q[3]; qreg r[3]; creg c[3]; gate mine(a) x,y { rx(1/a) x; cx x,y; } ';
/** Gates that have been used once are known to the scanner. */
const USED = 'h q[0]; rx(1) q[0]; u3(1,2,3) q[0]; cx q[0],q[1]; ccx q[0],q[1],q[2]; mine(1) q[0],q[1]; ';
const USED_OPERATIONS = 7;

/** A statement as the parser reads it, and as it is read when the scanner knows its gate. */
function twice(statement: string): readonly [parsed: unknown, scanned: unknown] {
  const [fresh, used] = ['', USED].map((before) => parseOpenQasm2(`${PRELUDE}${before}\n${statement}`));
  return [fresh!.ok ? fresh!.circuit.operations : fresh!.error, used!.ok ? used!.circuit.operations.slice(USED_OPERATIONS) : used!.error];
}

function scannerOf(source: string): StatementScanner {
  const scanner = new StatementScanner(source);
  for (const name of ['h', 'rx', 'u3', 'cx', 'ccx']) scanner.learnGate(name, { kind: 'built-in', record: gateNamed(name) });
  scanner.learnRegister('qreg', { name: 'q', offset: 4, size: 12 });
  scanner.learnRegister('creg', { name: 'c', offset: 0, size: 12 });
  return scanner;
}

describe('statements read straight from their characters', () => {
  const read: readonly (readonly [statement: string, parameters: readonly number[], qubits: readonly number[]])[] = [
    ['h q[0];', [], [4]],
    ['cx q[10],q[11];', [], [14, 15]],
    ['ccx q[0] , q[1]\t,\nq[2] ;', [], [4, 5, 6]],
    ['rx(-pi/2) q[3];', [-Math.PI / 2], [7]],
    ['u3( 3*pi/4 , -.5e-2 , 2. ) q[3];', [3 * Math.PI / 4, -0.005, 2], [7]],
    ['rx//angle\n(1//one\n/3) q[0]//behind\r;', [1 / 3], [4]],
    ['cx q[10],q [3];', [], [14, 7]],
    ['measure q[1] -> c[2];', [], [5]],
  ];
  for (const [statement, parameters, qubits] of read) {
    it(`reads ${JSON.stringify(statement)} to its end`, () => {
      const scanner = scannerOf(statement);
      assert.ok(scanner.reads(0));
      assert.deepEqual([scanner.parameters, scanner.qubits, scanner.position], [parameters, qubits, statement.length]);
    });
  }

  const left = [
    'h q;', 'h q[12];', 'h q[01];', 'h c[0];', 'h q[0]', 'h() q[0];', 'hh q[0];', 'cx q[1],q[1];', 'cx q[1];', 'h q[0],q[1];', 'rx q[0];', 'rx(1,2) q[0];', 'rx(1/0) q[0];', 'rx(01) q[0];', 'rx(2pi) q[0];',
    'rx(1e) q[0];', 'rx(1.5.5) q[0];', 'rx(.) q[0];', 'rx(pie) q[0];', 'rx(1+1) q[0];', 'rx(2^2) q[0];', 'rx((1)) q[0];', 'rx(sin(1)) q[0];', 'rx(--1) q[0];', 'measure q -> c;', 'measure q[0] - > c[0];', 'measured q[0] -> c[0];', 'barrier q;', '',
    'cx q[1],q[01];', 'cx q[1],q[12];', 'cx q[1],q[];', 'cx q[1],qq[0];', 'cx q[1],q[9999999999];', '\u0168 q[0];', 'h \u0171[0];',
  ];
  for (const statement of left) {
    it(`leaves ${JSON.stringify(statement)} to the parser`, () => assert.equal(scannerOf(statement).reads(0), false));
  }

  it('knows of two names that share a place the one that it has met last, and never takes one for the other', () => {
    const names = Array.from({ length: 600 }, (_, k) => `gate${k}`);
    const scanner = scannerOf(names.map((name) => `${name} q[0];`).join(''));
    const gates = new Map(names.map((name): [string, GateDefinition] => [name, { kind: 'definition', name, parameters: 0, qubits: 1, body: [], operations: 1, work: 1, depth: 1 }]));
    for (const [name, gate] of gates) scanner.learnGate(name, gate);
    let at = 0;
    let known = 0;
    for (const name of names) {
      if (scanner.reads(at)) {
        assert.equal(scanner.gate, gates.get(name));
        known++;
      }
      at += name.length + ' q[0];'.length;
    }
    assert.ok(known > 100 && known < names.length, `${known} known`);
  });
});

describe('a program of which a part is scanned', () => {
  it('means, or is refused for, what the parser alone says (seed 41)', () => {
    const random = seeded(41);
    const pick = (...choices: readonly string[]): string => choices[random.below(choices.length)]!;
    const number = (): string => pick('1', '0.5', '-pi/2', '3*pi/4', '2e-3', '1e', '.5', '012', '2pi', 'sin(1)', '-2^2', '1/0', '0', '1e400', '- 7//\n/3', 'a');
    const angles = (): string => pick('', '', '()', `(${number()})`, ` ( ${number()} )`, `(${number()},${number()},${number()})`);
    const element = (): string => `${pick('q', 'q', 'r', 'c', 'z')}${pick('[0]', '[1]', '[2]', '[3]', '[01]', ' [ 1 ]', '', '[')}`;
    const operands = (): string => pick(element(), `${element()},${element()}`, `${element()} , ${element()}`, `${element()},${element()},${element()}`);
    const statement = (): string => (random.below(5) === 0
      ? `measure ${element()}${pick('->', ' -> ', '- >', '')}${element()};`
      : `${pick('h', 'rx', 'u3', 'cx', 'ccx', 'mine', 'H', 'none', 'measure')}${angles()} ${operands()}${pick(';', ';', ';', ' ;', '')}`);
    for (let k = 0; k < 4000; k++) {
      const text = statement();
      const [parsed, scanned] = twice(text);
      assert.deepEqual(scanned, parsed, text);
    }
  });

  it('has no more operations than it may have, and says where the first too many stands', () => {
    const program = `${PRELUDE}${USED}\nh q[0];\nmine(2) q[0],q[1];\nmeasure q[0] -> c[0];`;
    for (const [operationsMax, line] of [[USED_OPERATIONS, 2], [USED_OPERATIONS + 1, 3], [USED_OPERATIONS + 2, 3], [USED_OPERATIONS + 3, 4]] as const) {
      const parsed = parseOpenQasm2(program, { operationsMax });
      assert.deepEqual(parsed.ok ? null : [parsed.error.code, parsed.error.line, parsed.error.column], ['too-many-operations', line, 1]);
    }
    assert.ok(parseOpenQasm2(program, { operationsMax: USED_OPERATIONS + 4 }).ok);
  });

  it('has its angles judged where a definition makes them infinite', () => {
    const parsed = parseOpenQasm2(`${PRELUDE}${USED}\n  mine(0) q[0],q[1];`);
    assert.deepEqual(parsed.ok ? null : [parsed.error.code, parsed.error.line, parsed.error.column], ['parameter-not-finite', 2, 3]);
  });
});
