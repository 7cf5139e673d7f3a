/**
 * How a gate is drawn. The first `controls` qubits of its argument list are dots; the rest is the target:
 * `box` with the label and the angles over all of its qubits, `plus` (⊕), `cross` (×, on two qubits), `dot` (one more dot).
 */
export interface GateSymbol {
  readonly label: string;
  readonly controls: number;
  readonly target: 'box' | 'plus' | 'cross' | 'dot';
}

const box = (label: string, controls = 0): GateSymbol => ({ label, controls, target: 'box' });
const plus = (controls: number): GateSymbol => ({ label: 'X', controls, target: 'plus' });

/** One entry for each gate of the table; the loop test holds what a symbol says of controls against the gate's matrix. */
export const GATE_SYMBOLS: ReadonlyMap<string, GateSymbol> = new Map(Object.entries({
  u: box('U'), u3: box('U3'), u2: box('U2'), u1: box('U1'), u0: box('U0'), p: box('P'),
  id: box('I'), x: box('X'), y: box('Y'), z: box('Z'), h: box('H'),
  s: box('S'), sdg: box('S†'), t: box('T'), tdg: box('T†'), sx: box('√X'), sxdg: box('√X†'),
  rx: box('RX'), ry: box('RY'), rz: box('RZ'),

  cx: plus(1), cy: box('Y', 1), cz: { label: 'Z', controls: 1, target: 'dot' }, ch: box('H', 1), swap: { label: 'SWAP', controls: 0, target: 'cross' },
  crx: box('RX', 1), cry: box('RY', 1), crz: box('RZ', 1), cu1: box('U1', 1), cp: box('P', 1), cu3: box('U3', 1), csx: box('√X', 1),
  // Its fourth angle is a phase where the control is 1: a box of u with four angles.
  cu: box('U', 1),
  rxx: box('RXX'), ryy: box('RYY'), rzz: box('RZZ'),

  ccx: plus(2), cswap: { label: 'SWAP', controls: 1, target: 'cross' }, c3x: plus(3), c4x: plus(4), c3sqrtx: box('√X', 3),
  // No dots: what they do to the target is up to phases, which dots would promise not to be there.
  rccx: box('RCCX'), rc3x: box('RC3X'),
} satisfies Record<string, GateSymbol>));

/** For names that come from a circuit, which the parser has checked. */
export function symbolOf(name: string): GateSymbol {
  const symbol = GATE_SYMBOLS.get(name);
  if (symbol === undefined) throw new RangeError(`no symbol is drawn for ${name}`);
  return symbol;
}
