import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type IonqVersion, readIonqJob } from './job-request.js';

const LIMITS = { sourceBytesMax: 1024 * 1024, circuitsMax: 2 };
const read = (body: unknown, version: IonqVersion = 'v0.4', limits = LIMITS) => readIonqJob(body, version, limits);

interface ClientRequest {
  readonly client: string;
  readonly version: IonqVersion;
  readonly body: { readonly name: string; readonly metadata: object; readonly registers?: object; readonly shots: number | string; readonly noise?: { readonly seed: number | null }; readonly input?: object; readonly body?: object };
}
const { requests } = JSON.parse(readFileSync('test/ionq/client-requests.json', 'utf8')) as { readonly requests: readonly ClientRequest[] };

const H = { gate: 'h', targets: [0] };
/** A job of v0.4 with this in it. */
const job = (over: object = {}): object => ({ input: { qubits: 2, circuit: [H] }, ...over });
const circuit = (...operations: readonly unknown[]): object => job({ input: { qubits: 3, circuit: operations } });
const native = (operation: object): object => job({ input: { gateset: 'native', qubits: 2, circuit: [operation] } });
const exponential = (over: object): object => circuit({ gate: 'pauliexp', targets: [0, 1], terms: ['XX'], coefficients: [1], time: 1, ...over });

function refusalOf(body: unknown, version: IonqVersion = 'v0.4', limits = LIMITS): string {
  const reading = read(body, version, limits);
  if (reading.ok) return 'accepted';
  assert.ok(reading.refusal.message.length > 0);
  return reading.refusal.pointer;
}

describe('a job of a client of IonQ', () => {
  for (const { client, version, body } of requests) {
    it(`is read as ${client} writes it`, () => {
      const reading = read(body, version);
      assert.ok(reading.ok, reading.ok ? '' : `${reading.refusal.pointer}: ${reading.refusal.message}`);
      const { name, metadata, registers, shots, seed, qubits, circuits } = reading.value;
      assert.deepEqual({ name, metadata, registers, shots, seed, qubits }, { name: body.name, metadata: body.metadata, registers: body.registers ?? null, shots: Number(body.shots), seed: body.noise?.seed ?? null, qubits: 2 });
      assert.equal(circuits.length, 'circuits' in (body.input ?? body.body)! ? 2 : 1);
    });
  }

  it('is a program that measures every qubit, and defines what it uses beyond the standard gates', () => {
    const reading = read(circuit(H, { gate: 'cnot', control: 0, target: 2 }, { gate: 'v', targets: [2], controls: [0, 1] }, { gate: 'xx', targets: [0, 1], rotation: 0.5 }));
    assert.ok(reading.ok);
    assert.equal(reading.value.circuits[0]!.source, [
      'OPENQASM 3.0;', 'include "stdgates.inc";', 'gate rxx(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }', 'qubit[3] q;', 'bit[3] c;',
      'h q[0];', 'ctrl(1) @ x q[0], q[2];', 'ctrl(2) @ sx q[0], q[1], q[2];', 'rxx(0.5) q[0], q[1];', 'c = measure q;', '',
    ].join('\n'));
  });

  it('has a hundred shots and no seed where it does not say, and takes null for what it leaves out', () => {
    const reading = read(job({ backend: null, name: null, metadata: null, noise: null, settings: null, session_id: null, dry_run: false, shots: null }));
    assert.ok(reading.ok);
    const { shots, seed, name, metadata, registers } = reading.value;
    assert.deepEqual({ shots, seed, name, metadata, registers }, { shots: 100, seed: null, name: null, metadata: {}, registers: null });
  });

  it('may be several circuits, each with its place', () => {
    const reading = read({ type: 'ionq.multi-circuit.v1', input: { qubits: 2, circuits: [{ name: 'a', circuit: [H], registers: { meas_mapped: [0] } }, { circuit: [] }] } });
    assert.ok(reading.ok);
    assert.equal(reading.value.type, 'ionq.multi-circuit.v1');
    assert.deepEqual(reading.value.circuits.map(({ name, registers, pointer }) => [name, registers, pointer]), [['a', { meas_mapped: [0] }, '/input/circuits/0/circuit'], [null, null, '/input/circuits/1/circuit']]);
  });
});

const REFUSALS: readonly (readonly [what: string, body: unknown, pointer: string, version?: IonqVersion])[] = [
  ['no object', [], ''],
  ['a member that nobody knows', job({ colour: 1 }), '/colour'],
  ['a member of the other version', job({ target: 'simulator' }), '/target'],
  ['the input twice', { ...job(), body: {} }, '/body', 'v0.3'],
  ['no input', { backend: 'simulator' }, '/input'],
  ['an input that is a text', { input: 'h' }, '/input'],
  ['a quantum machine', job({ backend: 'qpu' }), '/backend'],
  ['a quantum machine by name', job({ backend: 'qpu.forte-1' }), '/backend'],
  ['a quantum machine of v0.3', job({ target: 'qpu.aria-1' }), '/target', 'v0.3'],
  ['another language', job({ lang: 'openqasm' }), '/lang'],
  ['OpenQASM 3', job({ type: 'ionq.qasm3.v1' }), '/type'],
  ['a format of another version', { input: { format: 'openqasm', qubits: 1, circuit: [] } }, '/input/format', 'v0.3'],
  ['a type that the input is not', job({ type: 'ionq.multi-circuit.v1' }), '/input/circuit'],
  ['a circuit and several', job({ input: { qubits: 1, circuit: [], circuits: [] } }), '/input/circuits'],
  ['a dry run', job({ dry_run: true }), '/dry_run'],
  ['a session', job({ session_id: 'x' }), '/session_id'],
  ['debiasing', job({ settings: { error_mitigation: { debiasing: true } } }), '/settings/error_mitigation/debiasing'],
  ['debiasing of v0.3', job({ error_mitigation: { debias: true } }), '/error_mitigation/debias', 'v0.3'],
  ['symmetry verification', job({ settings: { error_mitigation: { symmetry_verification: true } } }), '/settings/error_mitigation/symmetry_verification'],
  ['another setting', job({ settings: { qctrl: true } }), '/settings/qctrl'],
  ['the noise of a machine', job({ noise: { model: 'aria-1' } }), '/noise/model'],
  ['a seed below 0', job({ noise: { model: 'ideal', seed: -1 } }), '/noise/seed'],
  ['shots that are no number', job({ shots: 'None' }), '/shots'],
  ['a part of a shot', job({ shots: 1.5 }), '/shots'],
  ['a name of 129 characters', job({ name: 'n'.repeat(129) }), '/name'],
  ['a name of two lines', job({ name: 'a\nb' }), '/name'],
  ['metadata in metadata', job({ metadata: { a: {} } }), '/metadata/a'],
  ['metadata with a name of 65 characters', job({ metadata: { ['k'.repeat(65)]: '1' } }), `/metadata/${'k'.repeat(64)}`],
  ['a value of 40,001 characters', job({ metadata: { a: 'x'.repeat(40_001) } }), '/metadata/a'],
  ['more metadata than there may be', job({ metadata: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, ''])) }), '/metadata'],
  ['metadata of 128 KiB', job({ metadata: Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`k${i}`, 'x'.repeat(40_000)])) }), '/metadata'],
  ['registers of 64 KiB', job({ registers: { a: 'x'.repeat(70_000) } }), '/registers', 'v0.3'],
  ['another set of gates', job({ input: { gateset: 'forte', qubits: 1, circuit: [] } }), '/input/gateset'],
  ['no qubits', job({ input: { qubits: 0, circuit: [] } }), '/input/qubits'],
  ['1,001 qubits', job({ input: { qubits: 1001, circuit: [] } }), '/input/qubits'],
  ['a circuit that is no list', job({ input: { qubits: 1, circuit: {} } }), '/input/circuit'],
  ['no circuits', job({ input: { qubits: 1, circuits: [] } }), '/input/circuits'],
  ['three circuits where two are allowed', job({ input: { qubits: 1, circuits: [{}, {}, {}] } }), '/input/circuits'],
  ['a circuit of several that is a list', job({ input: { qubits: 1, circuits: [{ circuit: [] }, []] } }), '/input/circuits/1'],
  ['qubits of one of several', job({ input: { qubits: 1, circuits: [{ circuit: [], qubits: 1 }] } }), '/input/circuits/0/qubits'],
  ['a gate that does not exist in one of several', job({ input: { qubits: 1, circuits: [{ circuit: [] }, { circuit: [{ gate: 'q', target: 0 }] }] } }), '/input/circuits/1/circuit/0/gate'],
  ['registers of one of several that have its part of 64 KiB', job({ input: { qubits: 1, circuits: [{ circuit: [], registers: { a: 'x'.repeat(33_000) } }, { circuit: [] }] } }), '/input/circuits/0/registers'],
  ['a name of two lines of one of several', job({ input: { qubits: 1, circuits: [{ circuit: [], name: 'a\nb' }] } }), '/input/circuits/0/name'],
  ['a gate that is a text', circuit('h'), '/input/circuit/0'],
  ['an unknown gate', circuit(H, { gate: 'ccx', targets: [0] }), '/input/circuit/1/gate'],
  ['a gate that every object has', circuit({ gate: 'constructor', targets: [0] }), '/input/circuit/0/gate'],
  ['a native gate among the others', circuit({ gate: 'gpi', target: 0, phase: 0 }), '/input/circuit/0/gate'],
  ['a qubit that does not exist', circuit({ gate: 'h', target: 3 }), '/input/circuit/0/target'],
  ['a qubit below 0', circuit({ gate: 'swap', targets: [0, -1] }), '/input/circuit/0/targets/1'],
  ['half a qubit', circuit({ gate: 'h', targets: [0.5] }), '/input/circuit/0/targets/0'],
  ['no target', circuit({ gate: 'h' }), '/input/circuit/0/targets'],
  ['a target twice', circuit({ gate: 'h', target: 0, targets: [0] }), '/input/circuit/0/targets'],
  ['two targets of one', circuit({ gate: 'h', targets: [0, 1] }), '/input/circuit/0/targets'],
  ['a control that is the target', circuit({ gate: 'x', targets: [0], controls: [0] }), '/input/circuit/0'],
  ['a cnot without its control', circuit({ gate: 'cnot', target: 0 }), '/input/circuit/0/control'],
  ['an angle that is missing', circuit({ gate: 'rx', targets: [0] }), '/input/circuit/0/rotation'],
  ['an angle without end', circuit({ gate: 'rx', targets: [0], rotation: Infinity }), '/input/circuit/0/rotation'],
  ['an angle of a gate that has none', circuit({ gate: 'h', targets: [0], rotation: 1 }), '/input/circuit/0/rotation'],
  ['a control of a native gate', native({ gate: 'gpi', target: 0, phase: 0, control: 1 }), '/input/circuit/0/control'],
  ['one phase of two', native({ gate: 'ms', targets: [0, 1], phases: [0] }), '/input/circuit/0/phases'],
  ['both words for an angle', native({ gate: 'zz', targets: [0, 1], angle: 0, phase: 0 }), '/input/circuit/0/phase'],
  ['a Pauli string of three letters on two qubits', exponential({ terms: ['XXX'] }), '/input/circuit/0/terms/0'],
  ['a letter that is none', exponential({ terms: ['XA'] }), '/input/circuit/0/terms/0'],
  ['terms that do not commute', exponential({ terms: ['XX', 'ZI'], coefficients: [1, 1] }), '/input/circuit/0/terms/1'],
  ['fewer coefficients than terms', exponential({ coefficients: [] }), '/input/circuit/0/coefficients'],
  ['a time that is missing', exponential({ time: undefined }), '/input/circuit/0/time'],
  ['a product that is too large', exponential({ time: 1e300, coefficients: [1e300] }), '/input/circuit/0/coefficients/0'],
  ['a control of an exponential', exponential({ control: 2 }), '/input/circuit/0/control'],
];

describe('a job is refused at its place', () => {
  for (const [what, body, pointer, version] of REFUSALS) it(`for ${what}`, () => assert.equal(refusalOf(body, version), pointer));

  it('for a circuit that would become a program that is too large, before it has', () => {
    const wide = { gate: 'pauliexp', targets: Array.from({ length: 500 }, (_, i) => i), terms: Array.from({ length: 1000 }, () => 'X'.repeat(500)), coefficients: Array.from({ length: 1000 }, () => 1), time: 1 };
    assert.equal(refusalOf(job({ input: { qubits: 500, circuit: [{ gate: 'h', target: 0 }, wide] } })), '/input/circuit/1/terms/37');
    const long = Array.from({ length: 150_000 }, () => H);
    assert.equal(refusalOf(job({ input: { qubits: 1, circuit: long } })), '/input/circuit/130816');
    // Of several, all together: the second has what the first leaves.
    const several = job({ input: { qubits: 1, circuits: [{ circuit: long.slice(0, 400) }, { circuit: long.slice(0, 400) }] } });
    assert.deepEqual([6, 8, 10].map((kibibytes) => refusalOf(several, 'v0.4', { ...LIMITS, sourceBytesMax: kibibytes * 1024 })), ['/input/circuits/1/circuit/102', '/input/circuits/1/circuit/358', 'accepted']);
  });
});
