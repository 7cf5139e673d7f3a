import { uniform } from '#pure/quantum/random/philox.js';

/** Circuits of the kinds that simulators are compared by, as OpenQASM 2; each the same at every call. */
export interface NamedCircuit {
  readonly name: string;
  readonly source: string;
}

function program(name: string, qubits: number, statements: readonly string[]): NamedCircuit {
  return { name, source: ['OPENQASM 2.0;', 'include "qelib1.inc";', `qreg q[${qubits}];`, `creg c[${qubits}];`, ...statements, 'measure q -> c;', ''].join('\n') };
}

function numbers(seed: number): () => number {
  let draw = 0;
  return () => uniform(seed, 0, draw++);
}

const each = (qubits: number, statement: (qubit: number) => string): string[] => Array.from({ length: qubits }, (_, qubit) => statement(qubit));

export function ghz(qubits: number): NamedCircuit {
  return program(`ghz${qubits}`, qubits, ['h q[0];', ...each(qubits - 1, (k) => `cx q[${k}],q[${k + 1}];`)]);
}

function fourier(qubits: number): string[] {
  const statements: string[] = [];
  for (let j = qubits - 1; j >= 0; j--) {
    statements.push(`h q[${j}];`, ...each(j, (i) => `cu1(${Math.PI / 2 ** (i + 1)}) q[${j - 1 - i}],q[${j}];`));
  }
  return [...statements, ...each(qubits >> 1, (k) => `swap q[${k}],q[${qubits - 1 - k}];`)];
}

/** Of a basis state. */
export function qft(qubits: number): NamedCircuit {
  return program(`qft${qubits}`, qubits, [...each(qubits, (k) => (k % 2 === 0 ? `x q[${k}];` : `id q[${k}];`)), ...fourier(qubits)]);
}

/** Of a product state whose qubits are then entangled. */
export function qftOfProduct(qubits: number): NamedCircuit {
  const random = numbers(22);
  const prepared = [...each(qubits, (k) => `ry(${random() * Math.PI}) q[${k}];`), ...each(qubits - 1, (k) => `cx q[${k}],q[${k + 1}];`)];
  return program(`qftr${qubits}`, qubits, [...prepared, ...fourier(qubits)]);
}

/** Layers of random one-qubit unitaries with cz between neighbours, depth 20. */
export function brickwork(qubits: number): NamedCircuit {
  const random = numbers(qubits);
  const statements: string[] = [];
  for (let layer = 0; layer < 20; layer++) {
    statements.push(...each(qubits, (k) => `u3(${random() * Math.PI},${random() * 2 * Math.PI},${random() * 2 * Math.PI}) q[${k}];`));
    for (let k = layer % 2; k + 1 < qubits; k += 2) statements.push(`cz q[${k}],q[${k + 1}];`);
  }
  return program(`rand${qubits}`, qubits, statements);
}

/** Three rounds over a random graph of degree three. */
export function qaoa(qubits: number): NamedCircuit {
  const random = numbers(33);
  const edges = new Set<string>();
  for (const length = (3 * qubits) / 2; edges.size < length;) {
    const [a, b] = [Math.floor(random() * qubits), Math.floor(random() * qubits)];
    if (a !== b) edges.add(`q[${Math.min(a, b)}],q[${Math.max(a, b)}]`);
  }
  const round = (p: number) => [...[...edges].map((edge) => `rzz(${0.3 * (p + 1)}) ${edge};`), ...each(qubits, (k) => `rx(${1.4 - 0.4 * p}) q[${k}];`)];
  return program(`qaoa${qubits}`, qubits, [...each(qubits, (k) => `h q[${k}];`), ...[0, 1, 2].flatMap(round)]);
}

/** A Toffoli as the paper of OpenQASM writes it: what a simulator makes of it is its own affair. */
function toffoli(a: number, b: number, c: number): string[] {
  return [
    `h q[${c}];`, `cx q[${b}],q[${c}];`, `tdg q[${c}];`, `cx q[${a}],q[${c}];`, `t q[${c}];`, `cx q[${b}],q[${c}];`, `tdg q[${c}];`, `cx q[${a}],q[${c}];`,
    `t q[${b}];`, `t q[${c}];`, `h q[${c}];`, `cx q[${a}],q[${b}];`, `t q[${a}];`, `tdg q[${b}];`, `cx q[${a}],q[${b}];`,
  ];
}

/** A search with a ladder of ancillas: `searched` qubits, two fewer ancillas. */
export function grover(searched: number, rounds: number): NamedCircuit {
  const qubits = 2 * searched - 2;
  const marked = 0b1001_0110_1101;
  const ladder: string[][] = [toffoli(0, 1, searched)];
  for (let k = 2; k < searched - 1; k++) ladder.push(toffoli(k, searched + k - 2, searched + k - 1));
  const controlledZ = [...ladder.flat(), `cz q[${searched - 1}],q[${qubits - 1}];`, ...ladder.toReversed().flat()];
  const all = (gate: string) => each(searched, (k) => `${gate} q[${k}];`);
  const zeros = all('x').filter((_, k) => ((marked >> k) & 1) === 0);
  const round = [...zeros, ...controlledZ, ...zeros, ...all('h'), ...all('x'), ...controlledZ, ...all('x'), ...all('h')];
  return program(`grover${qubits}`, qubits, [...all('h'), ...Array.from({ length: rounds }, () => round).flat()]);
}

const ONE_QUBIT_CLIFFORDS: readonly (readonly string[])[] = [['x'], ['y'], ['z'], ['h'], ['s', 'h'], ['sdg', 'h'], ['h', 's'], ['h', 'sdg'], ['s'], ['sdg'], ['h', 's', 'h'], ['y', 'h']];

/** A chain that connects all qubits, then twenty layers of random Clifford gates: 41,000 of them on a thousand qubits. */
export function cliffords(qubits: number): NamedCircuit {
  const random = numbers(qubits);
  const pick = (count: number): number => Math.floor(random() * count);
  const statements = ['h q[0];', ...each(qubits - 1, (k) => `cx q[${k}],q[${k + 1}];`)];
  for (let layer = 0; layer < 20; layer++) {
    for (let k = 0; k < qubits; k++) statements.push(...ONE_QUBIT_CLIFFORDS[pick(ONE_QUBIT_CLIFFORDS.length)]!.map((gate) => `${gate} q[${k}];`));
    for (let k = layer % 2; k + 1 < qubits; k += 2) statements.push(`${pick(2) === 0 ? 'cx' : 'cz'} q[${k}],q[${k + 1}];`);
  }
  return program(`cliff${qubits}`, qubits, statements);
}

/** A state carried over by two measured bits. */
export const TELEPORTATION: NamedCircuit = {
  name: 'teleport',
  source: [
    'OPENQASM 2.0;', 'include "qelib1.inc";', 'qreg q[3];', 'creg a[1];', 'creg b[1];', 'creg c[1];', 'u3(0.3,0.2,0.1) q[0];', 'h q[1];', 'cx q[1],q[2];', 'cx q[0],q[1];', 'h q[0];',
    'measure q[0] -> a[0];', 'measure q[1] -> b[0];', 'if(b==1) x q[2];', 'if(a==1) z q[2];', 'measure q[2] -> c[0];', '',
  ].join('\n'),
};

/** Those that the state vector's engine is measured by. */
export const DENSE_CIRCUITS: readonly NamedCircuit[] = [
  brickwork(24), brickwork(22), brickwork(20), qft(22), qftOfProduct(22), qaoa(20), ghz(24), grover(7, 8), grover(12, 2),
];
