import type { Method } from '#pure/quantum/methods/method-table.js';

/** A program that nobody has asked for, of a kind that people send. */
export interface PracticeProgram {
  readonly language: 'openqasm2' | 'openqasm3';
  readonly source: string;
  /** What `automatic` comes to: where a thread runs it without asking. */
  readonly method: Method;
}

/** The server's own start comes first. */
export const WARM_AFTER_MILLIS = 1_000;

const each = (count: number, statement: (index: number) => string): string => Array.from({ length: count }, (_, index) => statement(index)).join('');

function measured(qubits: number, method: Method, statements: string): PracticeProgram {
  return { language: 'openqasm2', method, source: `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${qubits}];\n${statements}measure q -> c;\n` };
}

/** Layers of rotations with angles that no two share, and entanglers between neighbours. */
function layers(qubits: number, depth: number): string {
  return each(depth, (layer) => each(qubits, (k) => `u3(${(0.13 * (k + 1) + 0.31 * layer) % 3},${(0.7 * k + layer) % 6},${0.29 * layer - 0.11 * k}) q[${k}];\n`)
    + each((qubits - (layer % 2)) >> 1, (k) => `${layer % 3 === 2 ? 'cx' : 'cz'} q[${2 * k + (layer % 2)}],q[${2 * k + 1 + (layer % 2)}];\n`));
}

function fourier(qubits: number): string {
  return each(qubits, (j) => `h q[${j}];\n${each(j, (i) => `cu1(pi/${2 ** (j - i)}) q[${i}],q[${j}];\n`)}`) + each(qubits >> 1, (k) => `swap q[${k}],q[${qubits - 1 - k}];\n`);
}

function clifford(qubits: number, depth: number): string {
  return each(depth, (layer) => each(qubits, (k) => `${['h', 's', 'sdg', 'x'][(k + layer) % 4]} q[${k}];\n`)
    + each((qubits - (layer % 2)) >> 1, (k) => `cx q[${2 * k + (layer % 2)}],q[${2 * k + 1 + (layer % 2)}];\n`));
}

const search = (qubits: number): string => each(qubits, (k) => `h q[${k}];\n`) + each(6, () => each(qubits - 2, (k) => `ccx q[${k}],q[${k + 1}],q[${k + 2}];\nt q[${k}];\n`) + each(qubits, (k) => `h q[${k}];\nx q[${k}];\n`));

const TELEPORTATION: PracticeProgram = {
  language: 'openqasm2', method: 'statevector',
  source: 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg a[1];\ncreg b[1];\ncreg c[1];\nu3(0.3,0.2,0.1) q[0];\nh q[1];\ncx q[1],q[2];\ncx q[0],q[1];\nh q[0];\n'
    + 'measure q[0] -> a[0];\nmeasure q[1] -> b[0];\nif(b==1) x q[2];\nif(a==1) z q[2];\nmeasure q[2] -> c[0];\n',
};
const VERSION_3: PracticeProgram = {
  language: 'openqasm3', method: 'statevector',
  source: 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[5] q;\nbit[5] c;\nh q[0];\nfor int i in [0:3] { cx q[i], q[i + 1]; rz(pi / (i + 1)) q[i]; }\nry(0.4) q[2];\nc = measure q;\n',
};

/**
 * The most frequent first. From 15 qubits on whatever has some depth is run by a plan, and a state of 18 is shared with
 * helpers; planners and kernels are what takes longest to be compiled, so there are several of them, no two alike.
 */
export const PRACTICE: readonly PracticeProgram[] = [
  measured(2, 'stabilizer', 'h q[0];\ncx q[0],q[1];\n'),
  measured(5, 'statevector', layers(5, 4)),
  measured(8, 'statevector', fourier(8)),
  TELEPORTATION,
  VERSION_3,
  measured(10, 'statevector', search(10)),
  measured(12, 'statevector', layers(12, 8)),
  measured(12, 'statevector', fourier(12)),
  ...[10, 14, 18, 12, 16].map((depth, k) => measured(15 + (k % 2), 'statevector', layers(15 + (k % 2), depth))),
  measured(40, 'stabilizer', clifford(40, 20)),
  measured(200, 'stabilizer', clifford(200, 20)),
  measured(17, 'statevector', fourier(17) + layers(17, 2)),
  measured(16, 'statevector', search(16)),
  measured(18, 'statevector', layers(18, 4)),
];
