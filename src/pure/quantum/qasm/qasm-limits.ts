/** How large a program may be. Everything that the parser allocates or loops over is bounded by these. */
export interface QasmLimits {
  /** UTF-8 bytes of source text. */
  readonly sourceBytesMax: number;
  /** Gates, measurements, resets and barriers after expansion of definitions and registers. */
  readonly operationsMax: number;
  readonly qubitsMax: number;
  readonly classicalBitsMax: number;
  /** Nested parentheses, signs, functions and powers of one expression; also gate definitions that use each other. */
  readonly nestingMax: number;
}

/**
 * cliff1000, the largest of our measured programs, has 526 kB of source and 42,000 operations on 1,000 qubits; an
 * operation takes about 150 bytes, so a program at the limit costs the process that parses it some 150 MB for a moment.
 */
export const DEFAULT_QASM_LIMITS: QasmLimits = Object.freeze({
  sourceBytesMax: 4 * 1024 * 1024,
  operationsMax: 1_000_000,
  qubitsMax: 1000,
  classicalBitsMax: 4096,
  nestingMax: 100,
});

/**
 * Expansion does work that leaves no operation behind: evaluating angles, entering nested definitions, listing the
 * qubits of a barrier. It is charged by the node, and this many nodes are allowed for each allowed operation.
 */
export const EXPANSION_WORK_PER_OPERATION = 16;

/** UTF-8 length without encoding, stopping early: a lone surrogate counts as the three bytes of U+FFFD. */
export function exceedsUtf8Bytes(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true;
  if (text.length * 3 <= bytesMax) return false;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes > bytesMax;
}
