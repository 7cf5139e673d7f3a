import { isRepositoryName } from './repository-name.js';

/** What may be done with a repository, in the words of the distribution's token scopes. */
export const REPOSITORY_ACTIONS = ['pull', 'push', 'delete'] as const;
export type RepositoryAction = (typeof REPOSITORY_ACTIONS)[number];

/** `repository:<name>:<actions>`, or `registry:catalog:*`. */
export type AccessScope =
  | { readonly type: 'repository'; readonly name: string; readonly actions: readonly RepositoryAction[] }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly actions: readonly ['*'] };

/**
 * One resource scope (distribution, "Token scope documentation"). The name may hold colons (`host:5000/app`), so the type
 * ends at the first and the actions begin behind the last. `*` means every action; actions that nobody knows are left
 * out, as are types and classes that nobody knows: null then. A scope asks, it does not demand.
 */
export function parseAccessScope(text: string): AccessScope | null {
  const [first, last] = [text.indexOf(':'), text.lastIndexOf(':')];
  if (first === last) return null;
  const [type, name, asked] = [text.slice(0, first), text.slice(first + 1, last), text.slice(last + 1).split(',')];
  if (type === 'registry') return name === 'catalog' && asked.includes('*') ? { type, name, actions: ['*'] } : null;
  if (type !== 'repository' || !isRepositoryName(name)) return null;
  const actions = REPOSITORY_ACTIONS.filter((action) => asked.includes(action) || asked.includes('*'));
  return actions.length === 0 ? null : { type, name, actions };
}

export function formatAccessScope({ type, name, actions }: AccessScope): string {
  return `${type}:${name}:${actions.join(',')}`;
}

/** Scopes of the same resource become one, in the order in which the resources came. */
export function mergeAccessScopes(scopes: readonly AccessScope[]): readonly AccessScope[] {
  const merged = new Map<string, AccessScope>();
  for (const scope of scopes) {
    const key = `${scope.type}:${scope.name}`;
    const known = merged.get(key);
    if (known?.type === 'repository' && scope.type === 'repository') {
      merged.set(key, { ...scope, actions: REPOSITORY_ACTIONS.filter((action) => known.actions.includes(action) || scope.actions.includes(action)) });
    } else if (known === undefined) merged.set(key, scope);
  }
  return [...merged.values()];
}
