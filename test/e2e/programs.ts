/** The programs of the README's tour. */
export const BELL = `OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
cx q[0], q[1];
measure q -> c;
`;

/** Teleports the state RY(0.8)|0> from q[0] to q[2]; the last measurement is one of that state. */
export const TELEPORTATION = `OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
creg alice0[1];
creg alice1[1];
creg bob[1];
ry(0.8) q[0];
h q[1];
cx q[1], q[2];
cx q[0], q[1];
h q[0];
measure q[0] -> alice0[0];
measure q[1] -> alice1[0];
if (alice1 == 1) x q[2];
if (alice0 == 1) z q[2];
measure q[2] -> bob[0];
`;

/** The quantum Fourier transform of |0…0> on `qubits` qubits: every outcome is equally likely. */
export function fourierTransform(qubits: number): string {
  const lines = ['OPENQASM 2.0;', 'include "qelib1.inc";', `qreg q[${qubits}];`, `creg c[${qubits}];`];
  for (let target = qubits - 1; target >= 0; target -= 1) {
    lines.push(`h q[${target}];`);
    for (let control = target - 1; control >= 0; control -= 1) lines.push(`cu1(pi/${2 ** (target - control)}) q[${control}], q[${target}];`);
  }
  for (let low = 0; low < Math.floor(qubits / 2); low += 1) lines.push(`swap q[${low}], q[${qubits - 1 - low}];`);
  lines.push('measure q -> c;');
  return lines.join('\n');
}

/** `qubits` qubits in superposition, no Clifford state, the first twenty of them much entangled and all connected: no method but the state vector's. */
export function wide(qubits: number): string {
  const crossings = Array.from({ length: 190 }, (_, k) => `cx q[${k % 19}],q[${(k % 19) + 1}];`).join('');
  const chain = Array.from({ length: qubits - 1 }, (_, k) => `cx q[${k}],q[${k + 1}];`).join('');
  return `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${qubits}];\nrx(0.1) q;\n${crossings}${chain}\nmeasure q -> c;\n`;
}
