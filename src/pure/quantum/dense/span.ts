/** A subspace of bit vectors of up to 31 bits, in reduced echelon form: each vector alone has its pivot bit. */
export class Span {
  readonly vectors: number[] = [];
  /** Bit numbers; `vectors[i]` has bit `pivots[i]`, no other vector has. */
  readonly pivots: number[] = [];

  get dimension(): number {
    return this.vectors.length;
  }

  /** What is left of a vector when its pivot bits are cleared: 0 exactly for the members. */
  residual(vector: number): number {
    let rest = vector;
    for (let i = 0; i < this.vectors.length; i++) {
      if (((rest >> (this.pivots[i] as number)) & 1) === 1) rest ^= this.vectors[i] as number;
    }
    return rest;
  }

  /** False if it was a member already. */
  add(vector: number): boolean {
    const rest = this.residual(vector);
    if (rest === 0) return false;
    const pivot = 31 - Math.clz32(rest);
    for (let i = 0; i < this.vectors.length; i++) {
      const old = this.vectors[i] as number;
      if (((old >> pivot) & 1) === 1) this.vectors[i] = old ^ rest;
    }
    this.vectors.push(rest);
    this.pivots.push(pivot);
    return true;
  }

  /** Of a member: bit i says whether `vectors[i]` is part of it. */
  coordinates(vector: number): number {
    let result = 0;
    for (let i = 0; i < this.pivots.length; i++) result |= ((vector >> (this.pivots[i] as number)) & 1) << i;
    return result;
  }

  /** Whether both have the same members. */
  equals({ vectors }: Span): boolean {
    return vectors.length === this.vectors.length && vectors.every((vector) => this.residual(vector) === 0);
  }

  copy(): Span {
    const copy = new Span();
    copy.vectors.push(...this.vectors);
    copy.pivots.push(...this.pivots);
    return copy;
  }
}

/** The span of the lowest `bits` unit vectors. */
export function unitSpan(bits: number): Span {
  const span = new Span();
  for (let bit = 0; bit < bits; bit++) span.add(1 << bit);
  return span;
}

/** The vectors that have an even number of ones in common with each of `masks`, over `bits` bits: a basis, low bits first. */
export function kernelBasis(masks: readonly number[], bits: number): number[] {
  const span = new Span();
  for (const mask of masks) span.add(mask);
  const pivotBits = span.pivots.reduce((all, pivot) => all | (1 << pivot), 0);
  const basis: number[] = [];
  for (let bit = 0; bit < bits; bit++) {
    if (((pivotBits >> bit) & 1) === 1) continue;
    let vector = 1 << bit;
    for (let i = 0; i < span.vectors.length; i++) {
      if ((((span.vectors[i] as number) >> bit) & 1) === 1) vector |= 1 << (span.pivots[i] as number);
    }
    basis.push(vector);
  }
  return basis;
}
