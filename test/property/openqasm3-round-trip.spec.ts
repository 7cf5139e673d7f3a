import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Circuit } from '#pure/quantum/circuit/circuit.js';
import { parseOpenQasm3 } from '#pure/quantum/qasm/openqasm3/openqasm3.js';
import { STANDARD_GATES } from '#pure/quantum/qasm/openqasm3/standard-gates.js';
import { printOpenQasm3 } from './print-openqasm3.js';

/** fast-check prints it with every failure, together with the path to the smallest case. */
const RUNS = { seed: 20_261_122, numRuns: 300 };
const QUBITS = 4;

const angle = fc.double({ min: -7, max: 7, noNaN: true }).map((value) => (value + 0 < 0 ? `(${value})` : String(value + 0)));
const GATES = [...STANDARD_GATES].flatMap(([name, meaning]) => (meaning.kind === 'gate' && meaning.gate.kind === 'standard' && name !== 'u2' && name !== 'u3' ? [{ name, record: meaning.gate.record }] : []));

const MODIFIERS: readonly (readonly [text: string, controls: number])[] = [['', 0], ['inv @ ', 0], ['ctrl @ ', 1], ['negctrl @ ', 1], ['pow(2) @ ', 0], ['ctrl(2) @ ', 2]];

const gate = fc.tuple(fc.constantFrom(...GATES), fc.constantFrom(...MODIFIERS), fc.array(angle, { minLength: 4, maxLength: 4 }), fc.shuffledSubarray([...Array(QUBITS).keys()], { minLength: QUBITS, maxLength: QUBITS }))
  .filter(([{ record }, [, controls]]) => record.qubits + controls <= QUBITS)
  .map(([{ name, record }, [modifier, controls], angles, qubits]) => {
    const written = record.parameters.length === 0 ? '' : `(${angles.slice(0, record.parameters.length).join(', ')})`;
    return `${modifier}${name}${written} ${qubits.slice(0, record.qubits + controls).map((qubit) => `q[${qubit}]`).join(', ')};`;
  });
const statement: fc.Arbitrary<string> = fc.letrec<{ statement: string }>((tie) => ({
  statement: fc.oneof({ maxDepth: 3 },
    gate,
    fc.tuple(fc.nat(QUBITS - 1), fc.nat(2)).map(([qubit, bit]) => `c[${bit}] = measure q[${qubit}];`),
    fc.nat(QUBITS - 1).map((qubit) => `reset q[${qubit}];`),
    fc.nat(QUBITS - 1).map((qubit) => `barrier q[${qubit}], q[0];`),
    fc.tuple(angle, angle, angle, fc.nat(QUBITS - 1)).map(([a, b, c, qubit]) => `U(${a}, ${b}, ${c}) q[${qubit}];`),
    fc.tuple(fc.nat(7), fc.array(tie('statement'), { minLength: 1, maxLength: 3 })).map(([value, body]) => `if (c == ${value}) { ${body.join(' ')} }`),
    fc.tuple(fc.nat(2), fc.array(tie('statement'), { minLength: 1, maxLength: 3 }), fc.array(tie('statement'), { maxLength: 3 })).map(([bit, then, otherwise]) => `if (c[${bit}]) { ${then.join(' ')} } else { ${otherwise.join(' ')} }`),
    fc.tuple(fc.nat(2), fc.array(tie('statement'), { maxLength: 3 })).map(([bit, body]) => `while (c[${bit}]) { ${body.join(' ')} h q[0]; c[${bit}] = measure q[0]; }`),
  ),
})).statement;
const program = fc.array(statement, { minLength: 1, maxLength: 10 }).map((statements) =>
  `OPENQASM 3.0; include "stdgates.inc"; qubit[${QUBITS}] q; bit[3] c; h q; c = measure q[0:2]; ${statements.join('\n')}`);

function read(source: string): Circuit {
  const parsed = parseOpenQasm3(source);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.line}:${parsed.error.column} ${parsed.error.message}\n${source}`);
  return parsed.circuit;
}

describe('OpenQASM 3 programs', () => {
  it(`are the same circuit when it is printed and read again (seed ${RUNS.seed})`, () => {
    fc.assert(fc.property(program, (source) => {
      const circuit = read(source);
      const again = read(printOpenQasm3(circuit));
      // The phase is a sum of others, which rounding keeps from being the same number.
      assert.ok(Math.abs(again.globalPhase - circuit.globalPhase) < 1e-9);
      assert.deepEqual({ ...again, globalPhase: 0 }, { ...circuit, globalPhase: 0 });
    }), RUNS);
  });
});
