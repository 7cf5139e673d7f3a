import type { ClassicalExpression } from '../../circuit/classical-expression.js';
import { constant, operation } from '../../circuit/classical-expression.js';
import type { DigitsCell, Storage } from './storage.js';

/** A way out of statements, and whether it has been taken: known, or in a bit for the run. */
export type Exit = DigitsCell;

interface Frame {
  /** `break` and `continue` of the loop around, null outside of one. */
  readonly loop: { readonly broken: Exit; readonly continued: Exit } | null;
  /** `return` of the subroutine around, or `end` of the program: the same, seen from inside. */
  readonly left: readonly Exit[];
}

/**
 * `break`, `continue`, `return` and `end`. Each is a variable that says whether it was taken. Where a measurement
 * decides about that, the statements which follow are done under the condition that it was not.
 */
export class Exits {
  private frame: Frame;
  private readonly ended: Exit;
  /** Nothing has been left yet, so there is nothing to ask. */
  private areUnused = true;

  constructor(private readonly storage: Storage) {
    this.ended = storage.digitsCell(1);
    this.frame = { loop: null, left: [this.ended] };
  }

  get isInLoop(): boolean {
    return this.frame.loop !== null;
  }

  take(which: 'break' | 'continue' | 'end', offset: number): void {
    const exit = which === 'end' ? this.ended : which === 'break' ? this.frame.loop?.broken : this.frame.loop?.continued;
    if (exit !== undefined) this.set(exit, 1n, offset);
  }

  leave(returned: Exit, offset: number): void {
    this.set(returned, 1n, offset);
  }

  /** 0: go on; 1: nothing that follows is done; else the run decides. */
  taken(offset: number): ClassicalExpression {
    const { loop } = this.frame;
    return this.anyOf(loop === null ? [] : [loop.broken, loop.continued], offset);
  }

  /** Whether the loop around has been left for good: what `continue` has left is one round of it. */
  loopLeft(offset: number): ClassicalExpression {
    const { loop } = this.frame;
    return this.anyOf(loop === null ? [] : [loop.broken], offset);
  }

  private anyOf(inner: readonly Exit[], offset: number): ClassicalExpression {
    if (this.areUnused) return constant(0n);
    let taken = constant(0n);
    for (const exit of [...this.frame.left, ...inner]) {
      const value = this.storage.readWhole(exit, offset);
      if (value.kind === 'constant' && value.value === 1n) return value;
      if (value.kind !== 'constant') taken = taken.kind === 'constant' ? value : operation('either', taken, value);
    }
    return taken;
  }

  /** A loop: `round` is to be called before each of its rounds. */
  loop(body: (round: () => void) => void, offset: number): void {
    const loop = { broken: this.storage.digitsCell(1), continued: this.storage.digitsCell(1) };
    this.within({ ...this.frame, loop }, () => body(() => this.set(loop.continued, 0n, offset)));
    this.storage.release(loop.broken);
    this.storage.release(loop.continued);
  }

  /** A subroutine; its body gets the exit that `return` takes. */
  subroutine(body: (returned: Exit) => void): void {
    const returned = this.storage.digitsCell(1);
    this.within({ loop: null, left: [this.ended, returned] }, () => body(returned));
    this.storage.release(returned);
  }

  private within(frame: Frame, body: () => void): void {
    const outer = this.frame;
    this.frame = frame;
    body();
    this.frame = outer;
  }

  private set(exit: Exit, value: bigint, offset: number): void {
    if (value === 1n) this.areUnused = false;
    this.storage.writeWhole(exit, constant(value), offset);
  }
}
