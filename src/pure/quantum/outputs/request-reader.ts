import { pointerPart } from '../../fault/json-pointer.js';

/** What is wrong with a request: where in it (RFC 6901, from its own root), and what would be right. */
export interface RequestRefusal {
  readonly pointer: string;
  readonly message: string;
}

export type RequestReading<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: RequestRefusal };

/** Thrown while a request is read, and never further than `readRequest`. */
export class Refused extends Error {
  constructor(readonly pointer: string, message: string) {
    super(message);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export function onlyMembers(item: JsonObject, pointer: string, ...names: readonly string[]): void {
  for (const name of Object.keys(item)) {
    if (!names.includes(name)) throw new Refused(`${pointer}/${pointerPart(name.slice(0, 64))}`, `There is no such member; there is ${names.join(', ')}.`);
  }
}

export function qubitsOf(value: unknown, pointer: string, max: number, declared: number): readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > max) throw new Refused(pointer, `A list of 1 to ${max} qubits.`);
  const seen = new Set<number>();
  value.forEach((qubit: unknown, i) => {
    if (!Number.isInteger(qubit) || (qubit as number) < 0 || (qubit as number) >= declared) throw new Refused(`${pointer}/${i}`, `A qubit is a number from 0 to ${declared - 1}.`);
    if (seen.has(qubit as number)) throw new Refused(`${pointer}/${i}`, 'The qubit is named twice.');
    seen.add(qubit as number);
  });
  return value as readonly number[];
}

export function readRequest<Value>(read: () => Value): RequestReading<Value> {
  try {
    return { ok: true, value: read() };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return { ok: false, refusal: { pointer: refused.pointer, message: refused.message } };
  }
}
