/** `Retry-After` in milliseconds from now: seconds, or an HTTP date (RFC 9110 §10.2.3); null for anything else. */
export function retryAfterMillis(value: string | null, nowMillis: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse takes much more than HTTP dates: only their common form is one.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMillis);
}
