import { addressBytes } from '../network/cidr.js';
import { parseTime } from '../encoding/rfc3339.js';
import type { AttributeType, Variable } from './condition.js';

/** An IP address as its bytes, 4 or 16: two ways to write one are one address. */
export class Address {
  private constructor(readonly bytes: readonly number[]) {}

  static parse(text: string): Address | null {
    const bytes = addressBytes(text);
    return bytes === null ? null : new Address(bytes);
  }
}

/** The last that was asked for: one request asks for its own again and again. */
let latest: { readonly text: string; readonly address: Address | null } = { text: '', address: null };

function addressOf(text: string): Address | null {
  if (latest.text !== text) latest = { text, address: Address.parse(text) };
  return latest.address;
}

/** The value of an attribute: its JavaScript type is the attribute's type. Null and undefined: it is missing. */
export type Fact = string | number | boolean | Date | Address | null | undefined;

/** What a rule is about, beyond resource and verb: of a key its `name`, of a signature its `hash`. */
export type Attributes = Readonly<Record<string, Fact>>;

/** Who asks, and how: the same for every object of one request. */
export interface Circumstances {
  /** `projectId` is the one that the credential is for, if it is for one. */
  readonly subject: { readonly id: string; readonly kind: string | null; readonly projectId: string | null };
  /** Of work that no request asks for there is no address, and of what is done in somebody's name no login. */
  readonly env: { readonly ip: string | null; readonly acr: string | null; readonly nowMillis: number };
}

export interface Facts extends Circumstances {
  readonly attributes: Attributes;
}

const ASKING: Readonly<Record<string, (from: Circumstances) => Fact>> = {
  'env.ip': ({ env }) => (env.ip === null ? null : addressOf(env.ip)),
  'env.acr': ({ env }) => env.acr,
  'env.now': ({ env }) => new Date(env.nowMillis),
  'subject.id': ({ subject }) => subject.id,
  'subject.kind': ({ subject }) => subject.kind,
  'subject.projectId': ({ subject }) => subject.projectId,
};

/** Whether the attribute is one of the request and not of the object. */
export const isCircumstance = (attribute: string): boolean => attribute.includes('.');

/** Where a fact of this name stands, looked up once. */
export function factReader(attribute: string): (facts: Facts) => Fact {
  if (isCircumstance(attribute)) return Object.hasOwn(ASKING, attribute) ? ASKING[attribute]! : () => null;
  return ({ attributes }) => (Object.hasOwn(attributes, attribute) ? attributes[attribute] : null);
}

/** Null where nothing can be compared with it: missing, or a number that SQL orders in its own way. */
export function typeOf(fact: Fact): AttributeType | null {
  if (typeof fact === 'string') return 'text';
  if (typeof fact === 'number') return Number.isFinite(fact) ? 'number' : null;
  if (typeof fact === 'boolean') return 'boolean';
  if (fact instanceof Date) return Number.isNaN(fact.getTime()) ? null : 'instant';
  return fact instanceof Address ? 'address' : null;
}

/** `${env.now}` → the fact that it stands for. */
export const valueOfVariable = (variable: Variable, from: Circumstances): Fact => ASKING[variable.slice(2, -1)]!(from);

/**
 * What is compared: text, numbers and truth values as they are, instants as milliseconds, addresses as their bytes in
 * text. Null for what has no place in the type, which makes the comparison unknown.
 */
export type Comparable = string | number | boolean;

const CASTS: Readonly<Record<AttributeType, (fact: Fact) => Comparable | null>> = {
  text: (fact) => (typeof fact === 'string' ? fact : null),
  number: (fact) => (typeof fact === 'number' && Number.isFinite(fact) ? fact : null),
  boolean: (fact) => (typeof fact === 'boolean' ? fact : null),
  instant: (fact) => (fact instanceof Date ? fact.getTime() : typeof fact === 'string' ? parseTime(fact) : null),
  address: (fact) => {
    const address = typeof fact === 'string' ? Address.parse(fact) : fact;
    return address instanceof Address ? address.bytes.join('.') : null;
  },
};

export const cast = (type: AttributeType, fact: Fact): Comparable | null => CASTS[type](fact);
