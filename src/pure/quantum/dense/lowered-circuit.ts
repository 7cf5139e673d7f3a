/** What is left of a gate list for the dense engine: three kinds of operation on wires, in order of time. */
export const ROTATION = 0;
export const PHASE = 1;
export const CX = 2;

/**
 * Operation k is, by `kind[k]`:
 *  - `ROTATION`: [[cos, -sin], [sin, cos]] of the angle `value[k]`, at most π/4 either way, on the wire `first[k]`
 *  - `PHASE`: exp(i·value[k]) on the basis states with an odd number of ones under the mask `first[k]` of wires
 *  - `CX`: control `first[k]`, target `second[k]`
 *
 * Paulis and exchanges of qubits are no operations at all: the lowering keeps them in a frame.
 */
export interface LoweredCircuit {
  readonly wires: number;
  readonly count: number;
  readonly kind: Uint8Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly value: Float64Array;
}

/** Wires are bits of masks that are signed 32-bit numbers. */
export const WIRES_MAX = 30;

/** A list of operations that grows by doubling. */
export class OperationList {
  count = 0;
  kind = new Uint8Array(256);
  first = new Int32Array(256);
  second = new Int32Array(256);
  value = new Float64Array(256);

  push(kind: number, first: number, second: number, value: number): void {
    if (this.count === this.kind.length) this.grow();
    const at = this.count++;
    this.kind[at] = kind;
    this.first[at] = first;
    this.second[at] = second;
    this.value[at] = value;
  }

  private grow(): void {
    const capacity = 2 * this.count;
    const { kind, first, second, value } = this;
    this.kind = new Uint8Array(capacity);
    this.first = new Int32Array(capacity);
    this.second = new Int32Array(capacity);
    this.value = new Float64Array(capacity);
    this.kind.set(kind);
    this.first.set(first);
    this.second.set(second);
    this.value.set(value);
  }
}
