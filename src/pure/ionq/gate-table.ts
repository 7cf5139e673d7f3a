import type { JsonObject } from '#pure/quantum/outputs/request-reader.js';
import { Refused } from '#pure/quantum/outputs/request-reader.js';

/** The two vocabularies of the format: of circuits as people write them, and of what trapped ions do. */
export const GATESETS = ['qis', 'native'] as const;
export type Gateset = (typeof GATESETS)[number];

/** A gate of the format, and how it is said in OpenQASM 3. */
export interface IonqGate {
  readonly targets: 1 | 2;
  /** Members beside those that name the gate and its qubits. */
  readonly members: readonly string[];
  /** Whether `control` and `controls` may stand with it. */
  readonly controllable: boolean;
  /** A gate that stdgates.inc has not, and the program then defines. */
  readonly definition?: string;
  /** What is applied, its angles in radians. Throws `Refused`. */
  call(operation: JsonObject, pointer: string): string;
}

const RXX = 'gate rxx(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }';
const RYY = 'gate ryy(t) a, b { sdg a; sdg b; h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; s a; s b; }';
const RZZ = 'gate rzz(t) a, b { cx a, b; rz(t) b; cx a, b; }';
const GPI = 'gate gpi(t) a { p(-t) a; x a; p(t) a; }';
const GPI2 = 'gate gpi2(t) a { p(-t) a; rx(pi / 2) a; p(t) a; }';
const MS = 'gate ms(s, t, u) a, b { p(-s) a; p(-t) b; h a; h b; cx a, b; rz(u) b; cx a, b; h a; h b; p(s) a; p(t) b; }';

export function finite(value: unknown, pointer: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Refused(pointer, 'A finite number.');
  return value;
}

/**
 * Native angles are turns. A whole number of them is taken off first, which loses no digits; where it is an odd number
 * of the entangling gates' turns, a phase of the whole state with them, which nothing can see.
 */
function radians(turns: number): number {
  return 2 * Math.PI * (turns - Math.round(turns));
}

const turnsOf = (operation: JsonObject, pointer: string, member: string): number => radians(finite(operation[member], `${pointer}/${member}`));

const plain = (name: string): IonqGate => ({ targets: 1, members: [], controllable: true, call: () => name });

/** Radians of half the angle that the matrix has: exp(-i·rotation/2·P), as everywhere. */
const rotation = (name: string, targets: 1 | 2, definition?: string): IonqGate => ({
  targets,
  members: ['rotation'],
  controllable: true,
  ...(definition === undefined ? {} : { definition }),
  call: (operation, pointer) => `${name}(${finite(operation['rotation'], `${pointer}/rotation`)})`,
});

/** With an angle, Z is what Qiskit calls p, and with a control cp: qiskit-ionq says its phase gates so. */
const phase: IonqGate = {
  ...plain('z'),
  members: ['rotation'],
  call: (operation, pointer) => (operation['rotation'] === undefined ? 'z' : `p(${finite(operation['rotation'], `${pointer}/rotation`)})`),
};

const QIS: Readonly<Record<string, IonqGate>> = {
  x: plain('x'),
  not: plain('x'),
  y: plain('y'),
  z: phase,
  h: plain('h'),
  s: plain('s'),
  si: plain('sdg'),
  t: plain('t'),
  ti: plain('tdg'),
  v: plain('sx'),
  vi: plain('inv @ sx'),
  rx: rotation('rx', 1),
  ry: rotation('ry', 1),
  rz: rotation('rz', 1),
  xx: rotation('rxx', 2, RXX),
  yy: rotation('ryy', 2, RYY),
  zz: rotation('rzz', 2, RZZ),
  swap: { ...plain('swap'), targets: 2 },
  // X that cannot be without a control.
  cnot: plain('x'),
};

/** The entangling angle of a full gate: a quarter of a turn. */
const FULLY = 0.25;

const NATIVE: Readonly<Record<string, IonqGate>> = {
  gpi: { targets: 1, members: ['phase'], controllable: false, definition: GPI, call: (operation, pointer) => `gpi(${turnsOf(operation, pointer, 'phase')})` },
  gpi2: { targets: 1, members: ['phase'], controllable: false, definition: GPI2, call: (operation, pointer) => `gpi2(${turnsOf(operation, pointer, 'phase')})` },
  ms: {
    targets: 2,
    members: ['phases', 'angle'],
    controllable: false,
    definition: MS,
    call: (operation, pointer) => {
      const { phases, angle = FULLY } = operation;
      if (!Array.isArray(phases) || phases.length !== 2) throw new Refused(`${pointer}/phases`, 'A list of two phases, in turns.');
      const [first, second] = phases.map((turns, i) => radians(finite(turns, `${pointer}/phases/${i}`)));
      return `ms(${first}, ${second}, ${radians(finite(angle, `${pointer}/angle`))})`;
    },
  },
  // qiskit-ionq says `angle`, cirq-ionq says `phase`: two words for one number.
  zz: {
    targets: 2,
    members: ['angle', 'phase'],
    controllable: false,
    definition: RZZ,
    call: (operation, pointer) => {
      if ('angle' in operation && 'phase' in operation) throw new Refused(`${pointer}/phase`, 'An angle or a phase: they mean the same.');
      return `rzz(${turnsOf(operation, pointer, 'phase' in operation ? 'phase' : 'angle')})`;
    },
  },
};

export const IONQ_GATES: Readonly<Record<Gateset, ReadonlyMap<string, IonqGate>>> = {
  qis: new Map(Object.entries(QIS)),
  native: new Map(Object.entries(NATIVE)),
};
