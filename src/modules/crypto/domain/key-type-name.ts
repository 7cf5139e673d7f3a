import { KEY_TYPE_NAMES, type KeyTypeName } from './key-type.js';

/** What a client writes when it makes a key, and reads of it. */
export interface WireKeyType {
  readonly type: string;
  readonly parameter_set?: string | undefined;
  readonly hybrid_key_type_pqc?: string | undefined;
  readonly hybrid_key_type_ec?: string | undefined;
}

/** Families whose parameter set stands beside the type, in Vault's spelling. */
const FAMILIES = ['ml-dsa', 'slh-dsa'] as const;

/** The composite that there is. What of it is left out is as here; what contradicts it is refused. */
const HYBRID = { parameter_set: '65', hybrid_key_type_pqc: 'ml-dsa', hybrid_key_type_ec: 'ed25519' } as const;

/** Other servers' spellings. */
const ALIASES: ReadonlyMap<string, KeyTypeName> = new Map([['mldsa-44', 'ml-dsa-44'], ['mldsa-65', 'ml-dsa-65'], ['mldsa-87', 'ml-dsa-87'], ['xwing', 'x-wing']]);

const NAMES: ReadonlySet<string> = new Set(KEY_TYPE_NAMES);
const nameOf = (text: string): KeyTypeName | null => (NAMES.has(text) ? (text as KeyTypeName) : null);

/** The family of a name and the parameter set in it: `ml-dsa` and `65`. */
function familyOf(name: KeyTypeName): { readonly type: string; readonly parameter_set: string } | null {
  const family = FAMILIES.find((prefix) => name.startsWith(`${prefix}-`));
  return family === undefined ? null : { type: family, parameter_set: name.slice(family.length + 1) };
}

/**
 * The type that a client means; null where there is none, also where its parameter set says another one than its type
 * (`unknown key type X`). Types without parameter sets pass over one, as Vault does.
 */
export function typeOf(wire: WireKeyType): KeyTypeName | null {
  const { type, hybrid_key_type_pqc, hybrid_key_type_ec } = wire;
  const parameter_set = wire.parameter_set === '' ? undefined : wire.parameter_set;
  if (FAMILIES.some((family) => family === type)) return parameter_set === undefined ? null : nameOf(`${type}-${bare(type, parameter_set)}`);
  const name = ALIASES.get(type) ?? nameOf(type);
  if (name === 'hybrid') {
    const asked = { parameter_set, hybrid_key_type_pqc: unnumbered(hybrid_key_type_pqc), hybrid_key_type_ec };
    return agrees(asked, HYBRID) ? name : null;
  }
  const family = name === null ? null : familyOf(name);
  const contradicts = family !== null && parameter_set !== undefined && bare(family.type, parameter_set) !== family.parameter_set;
  return contradicts ? null : name;
}

/** As a key is read: what `typeOf` takes back. */
export function wireOf(name: KeyTypeName): WireKeyType {
  return name === 'hybrid' ? { type: name, ...HYBRID } : (familyOf(name) ?? { type: name });
}

/** `sha2-128s` of `slh-dsa-sha2-128s`: both are written. */
const bare = (family: string, set: string): string => (set.startsWith(`${family}-`) ? set.slice(family.length + 1) : set);

/** `ml-dsa-65` as the composite's half is `ml-dsa` with the parameter set 65. */
const unnumbered = (text: string | undefined): string | undefined => (text === 'ml-dsa-65' || text === 'mldsa-65' ? 'ml-dsa' : text);

function agrees<T extends Readonly<Record<string, string>>>(asked: Readonly<Record<keyof T, string | undefined>>, facts: T): boolean {
  return Object.keys(facts).every((member) => asked[member] === undefined || asked[member] === '' || asked[member] === facts[member]);
}
