export const NDJSON = 'application/x-ndjson';

/**
 * Whether an `Accept` header asks for NDJSON rather than JSON (RFC 9110 §12.5.1): it names the type, and no other type
 * that this resource has with a higher weight. A range of types means JSON, which is what everybody else gets.
 */
export function prefersNdjson(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.map((parameter) => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find((text) => text !== undefined);
    weights.set(type, Math.max(weights.get(type) ?? 0, Number(weight ?? '1')));
  }
  const wanted = weights.get(NDJSON) ?? 0;
  return wanted > 0 && wanted >= (weights.get('application/json') ?? 0);
}
