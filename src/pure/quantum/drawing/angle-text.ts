/** Of π: every angle that people write by hand, and the phases of a Fourier transform over sixty qubits. */
const DENOMINATORS = [1, 2, 3, 4, 5, 6, 8, 10, 12];
const POWERS_MAX = 2 ** 60;
/** Above it, powers are written as such. */
const WRITTEN_OUT_MAX = 9999;
const TOLERANCE = 1e-10;

function fractionOf(turns: number): readonly [numerator: number, denominator: number] | null {
  const magnitude = Math.abs(turns);
  if (magnitude > 64) return null;
  for (const denominator of DENOMINATORS) {
    const numerator = Math.round(magnitude * denominator);
    if (numerator > 0 && Math.abs(magnitude * denominator - numerator) < TOLERANCE * denominator) return [numerator, denominator];
  }
  for (let denominator = 16; denominator <= POWERS_MAX; denominator *= 2) {
    // 3π/32 is somebody's choice; 104857π/2^20 is a number that happens to be near.
    const numerator = Math.round(magnitude * denominator);
    if (numerator > 0 && numerator < 64 && Math.abs(magnitude * denominator - numerator) < TOLERANCE) return [numerator, denominator];
  }
  return null;
}

/** An angle for people: π/2, -3π/4, 0.731. At most nine characters. */
export function angleText(radians: number): string {
  if (radians === 0) return '0';
  const fraction = fractionOf(radians / Math.PI);
  if (fraction !== null) {
    const [numerator, denominator] = fraction;
    return `${radians < 0 ? '-' : ''}${numerator === 1 ? '' : numerator}π${denominator === 1 ? '' : `/${denominator > WRITTEN_OUT_MAX ? `2^${Math.log2(denominator)}` : denominator}`}`;
  }
  const magnitude = Math.abs(radians);
  return magnitude >= 1e4 || magnitude < 1e-3 ? radians.toExponential(1) : String(Number(radians.toPrecision(magnitude >= 1000 ? 5 : 3)));
}
