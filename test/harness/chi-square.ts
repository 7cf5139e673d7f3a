import assert from 'node:assert/strict';

/**
 * Pearson's statistic against the probability that a sample this bad comes from the right distribution, by the
 * Wilson-Hilferty normal approximation: within four deviations, so a right sampler fails for one seed in 16,000. The
 * seed is fixed, so the test says the same every time. Outcomes of fewer than five expected shots are one cell.
 */
export function assertFollows(counts: Readonly<Record<string, number>>, probabilities: Readonly<Record<string, number>>, shots: number): void {
  let [statistic, cells, rareSeen, rareExpected] = [0, 0, 0, 0];
  const add = (seen: number, expected: number) => {
    cells++;
    statistic += (seen - expected) ** 2 / expected;
  };
  for (const [bits, probability] of Object.entries(probabilities)) {
    const [seen, expected] = [counts[bits] ?? 0, shots * probability];
    if (probability < 1e-12) {
      assert.equal(seen, 0, `${bits} cannot occur`);
    } else if (expected < 5) {
      rareSeen += seen;
      rareExpected += expected;
    } else {
      add(seen, expected);
    }
  }
  if (rareExpected > 0) add(rareSeen, rareExpected);
  const freedom = cells - 1;
  const deviations = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
  assert.ok(deviations < 4 && deviations > -4, `chi-square ${statistic.toFixed(1)} at ${freedom} degrees of freedom is ${deviations.toFixed(1)} deviations out`);
}
