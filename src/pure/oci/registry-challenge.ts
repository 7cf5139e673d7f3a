import { formatAccessScope, type RepositoryAction } from './access-scope.js';
import { parseRegistryPath } from './registry-path.js';
import { isRepositoryName } from './repository-name.js';

/** What a request to the registry needs, as its challenge says it: by the method, and by the path as it was sent. */
const ACTIONS: Readonly<Record<string, readonly RepositoryAction[]>> = {
  GET: ['pull'],
  HEAD: ['pull'],
  POST: ['pull', 'push'],
  PATCH: ['pull', 'push'],
  PUT: ['pull', 'push'],
  DELETE: ['delete'],
};

/**
 * The scope that a token for this request has to have, in the words of the token specification; null where it takes none.
 * Who pushes is told to ask for pull too: before each layer it asks whether the registry has it. An upload is given up by
 * who pushes. A mount names two repositories.
 */
export function scopeOfRequest(method: string, path: string, query = ''): string | null {
  const meant = parseRegistryPath(path);
  if (meant.kind === 'catalog') return 'registry:catalog:*';
  const actions = ACTIONS[meant.kind === 'upload' || meant.kind === 'uploads' ? 'POST' : method];
  if (!('name' in meant) || actions === undefined) return null;
  const source = meant.kind === 'uploads' && method === 'POST' ? sourceOfMount(query) : null;
  return source === null ? formatAccessScope({ type: 'repository', name: meant.name, actions }) : scopeOfMount(meant.name, source);
}

/** What a token for a mount has to have: a client sends one token with a request. */
export function scopeOfMount(target: string, source: string): string {
  const pushed = formatAccessScope({ type: 'repository', name: target, actions: ['pull', 'push'] });
  return source === target ? pushed : `${pushed} ${formatAccessScope({ type: 'repository', name: source, actions: ['pull'] })}`;
}

function sourceOfMount(query: string): string | null {
  const parameters = new URLSearchParams(query);
  const source = parameters.has('mount') ? parameters.get('from') : null;
  return source !== null && isRepositoryName(source) ? source : null;
}

/**
 * The `WWW-Authenticate` value that sends a container client to where its tokens come from. Without spaces between the
 * parameters, since not every client's parser takes them.
 */
export function registryChallenge(publicUrl: string, scope: string | null, error: 'invalid_token' | 'insufficient_scope' | null): string {
  const parameters = [`realm="${publicUrl}/token"`, `service="${new URL(publicUrl).host}"`];
  if (scope !== null) parameters.push(`scope="${scope}"`);
  if (error !== null) parameters.push(`error="${error}"`);
  return `Bearer ${parameters.join(',')}`;
}
