/**
 * The form in which a password is judged, hashed and verified: NFKC, so that the same keys pressed on two systems are
 * the same password (800-63B-4 §3.1.1.2). Spaces and case stay: both are part of the secret.
 */
export function normalisedPassword(typed: string): string {
  return typed.normalize('NFKC');
}
