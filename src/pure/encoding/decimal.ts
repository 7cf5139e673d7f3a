const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * A non-negative integer in ASCII digits without leading zeros, sign, or blanks, at most 2^53 - 1; null for any
 * other text. `Number` would take `""`, `" 1"`, `0x1`, `1e3` and `1.0` too.
 */
export function parseDecimal(text: string): number | null {
  if (!DECIMAL.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
