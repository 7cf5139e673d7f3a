import type { AssuranceLevel, Scope } from '../principal/principal.js';

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
}

type Declaration = Pick<Permission, 'scope' | 'description'> & Partial<Pick<Permission, 'assurance' | 'everyone'>>;

/** Declares a module's permissions: the key is the name. */
export function permissions<const T extends Readonly<Record<`${string}:${string}`, Declaration>>>(
  table: T,
): { readonly [K in keyof T]: Permission & { readonly name: K } } {
  const entries = Object.entries(table).map(([name, declaration]) => [
    name,
    Object.freeze({ assurance: 'aal1', everyone: false, ...declaration, name }),
  ]);
  return Object.freeze(Object.fromEntries(entries)) as { readonly [K in keyof T]: Permission & { readonly name: K } };
}
