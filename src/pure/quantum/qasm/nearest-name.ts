const NAME_LENGTH_MAX = 24;
const CANDIDATES_MAX = 500;

/** Levenshtein distance, two rows at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/**
 * The known name that was probably meant, or null. Bounded work whatever the program declares: long names and the
 * tail of a long list are not compared.
 */
export function nearestName(name: string, known: Iterable<string>): string | null {
  if (name.length > NAME_LENGTH_MAX) return null;
  // One slip in a short name; two are believed only where enough of the name remains.
  let best = name.length <= 3 ? 2 : 3;
  let nearest: string | null = null;
  let compared = 0;
  for (const candidate of known) {
    if (compared++ >= CANDIDATES_MAX) break;
    if (Math.abs(candidate.length - name.length) >= best) continue;
    const distance = editDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}
