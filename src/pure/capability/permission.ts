import type { AssuranceLevel, Scope } from '../principal/principal.js';
import type { AttributeSchema } from '../policy/condition.js';

/** What permissions are about: the first half of their names. */
export interface Resource {
  readonly name: string;
  /** What a rule's `where` may ask of its objects: only what every list has a column for, or who acts really gives. */
  readonly attributes: AttributeSchema;
  /** Parts of its answers that a rule's `fields` may name; null where an object is shown wholly or not at all. */
  readonly fields: readonly string[] | null;
}

/** One thing that can be permitted: `resource:verb`. A module declares its own; the roof collects them. */
export interface Permission {
  readonly name: `${string}:${string}`;
  /** The one token scope without which no role helps. */
  readonly scope: Scope;
  /** A phrase for the generated catalogue. */
  readonly description: string;
  /** The least assurance level of the session; aal1 unless told. */
  readonly assurance: AssuranceLevel;
  /** Every authenticated principal has it, without a binding: one's own account, the server's version. */
  readonly everyone: boolean;
  /** It reads, or takes away: so it is done in an archived project too, where nothing that makes something is. */
  readonly whileArchived: boolean;
  /** It makes a credential: only for who has logged in, so that a key that got lost cannot make itself at home. */
  readonly sessionOnly: boolean;
  readonly resource: Resource;
}

type Declaration = Pick<Permission, 'scope' | 'description'> & Partial<Pick<Permission, 'assurance' | 'everyone' | 'whileArchived' | 'sessionOnly'>>;
/** By resource; one without an entry has nothing that conditions or fields could be about. */
type Resources = Readonly<Record<string, Partial<Pick<Resource, 'attributes' | 'fields'>>>>;

/** Declares a module's permissions, the key is the name; and, beside them, what their resources are made of. */
export function permissions<const T extends Readonly<Record<`${string}:${string}`, Declaration>>>(
  table: T,
  resources: Resources = {},
): { readonly [K in keyof T]: Permission & { readonly name: K } } {
  const known = new Map<string, Resource>();
  const resourceOf = (name: string): Resource => {
    const resource = known.get(name) ?? Object.freeze({ name, attributes: {}, fields: null, ...resources[name] });
    known.set(name, resource);
    return resource;
  };
  const entries = Object.entries(table).map(([name, declaration]) => [
    name,
    Object.freeze({ assurance: 'aal1', everyone: false, whileArchived: false, sessionOnly: false, ...declaration, name, resource: resourceOf(name.slice(0, name.indexOf(':'))) }),
  ]);
  return Object.freeze(Object.fromEntries(entries)) as { readonly [K in keyof T]: Permission & { readonly name: K } };
}
