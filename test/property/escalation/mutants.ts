import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { testPolicy } from '../../harness/policy.js';

/**
 * The engine with one check taken out, to see whether the property would notice. A mutant is a second copy of the
 * compiled engine, loaded beside the first under a query of its own, in which one place of one file reads otherwise.
 * What stands there is part of the proof: where it is not found, the mutant is not made, and its test fails.
 */
export interface Mutant {
  /** Below dist/src/modules/rbac. */
  readonly file: string;
  readonly find: string | RegExp;
  readonly put: string;
  /** With which the property finds it within a few requests; it would by any other, later. */
  readonly seed: number;
}

export const MUTANTS = {
  'a token of one project grants only there': { file: 'grant-authority.js', find: 'if (narrowed || !covers(', put: 'if (!covers(', seed: 21 },
  'the scopes of a token narrow what it grants': { file: 'grant-authority.js', find: 'if (missing.length > 0)', put: 'if (false)', seed: 4 },
  'what needs a second factor is granted with one': { file: 'grant-authority.js', find: 'demanded === undefined || isAtLeast', put: 'true || isAtLeast', seed: 2 },
  'what ends earlier does not count': { file: 'grant-authority.js', find: '&& outlives(held)', put: '', seed: 3 },
  'what one has in another project does not count': { file: 'grant-authority.js', find: '(held.projectId === null || held.projectId === projectId) && outlives', put: 'true && outlives', seed: 16 },
  'one’s own denies are subtracted': { file: 'domain/rule.js', find: '&& !denies.some(', put: '&& !false && !([]).some(', seed: 10 },
  'a condition covers only the same or a narrower one': { file: 'domain/rule.js', find: '&& narrows(where, allow.where)', put: '', seed: 3 },
  'who binds must have what the role says': { file: 'role-bindings.js', find: 'await this.granting.requireGrant(tx, grantor, grantOf(wanted, rules), escalation)', put: 'false', seed: 1 },
  'and what it inherits': { file: 'role-bindings.js', find: 'const rules = graph.effective(role.id)', put: 'const rules = role.rules', seed: 17 },
  'nobody binds to themselves': { file: 'role-bindings.js', find: 'if (grantor.selves.includes(wanted.subjectId))', put: 'if (false)', seed: 1 },
  'to unbind what denies is to grant it': { file: 'role-bindings.js', find: 'await this.#requireAuthorityToUnbind(tx, grantor, binding, approvable)', put: 'false', seed: 2 },
  'who changes a role must have what it gains': { file: 'roles.js', find: 'return this.granting.requireGrant(', put: 'return false; this.granting.requireGrant(', seed: 2 },
  'and what it gains by a parent': { file: 'roles.js', find: 'graph.effective(role.id), after.effective(role.id)', put: 'role.rules, changed.rules', seed: 2 },
  'nobody changes a role that they have': { file: 'roles.js', find: 'if (!holdsRole(', put: 'if (true || !holdsRole(', seed: 2 },
  'nor one that a role of theirs inherits from': { file: 'granting.js', find: 'live.some(({ definedIn })=>definedIn === roleId)', put: 'live.some((held)=>held.roleId === roleId)', seed: 6 },
  'what one does not have is not given': { file: 'grant-authority.js', find: 'if (narrowed || !covers(effective, rules))', put: 'if (narrowed)', seed: 1 },
  'a deny under another condition is another': { file: 'grant-authority.js', find: 'return sameObjects && sameFields', put: 'return sameFields', seed: 11 },
  'the right to do it is decided again in the transaction': { file: 'granting.js', find: 'enforce(decide(grantor, permission, projectId))', put: 'void 0', seed: 1 },
  'to deny less is to grant': { file: 'grant-authority.js', find: '...lifted.map(', put: '...[].map(', seed: 1 },
} as const satisfies Readonly<Record<string, Mutant>>;

const RBAC = new URL('../../../src/modules/rbac/', import.meta.url).href;
const HARNESS = new URL('../../harness/policy.js', import.meta.url).href;
/** Entities are known to the database by their class: there is one copy of them. */
const PERSISTENCE = `${RBAC}persistence/`;
const QUERY = '?mutant=';

let hooked = false;

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const mark = context.parentURL?.split(QUERY)[1];
      const isCopied = mark !== undefined && !resolved.url.includes(QUERY) && resolved.url.startsWith(RBAC) && !resolved.url.startsWith(PERSISTENCE);
      return isCopied ? { ...resolved, url: `${resolved.url}${QUERY}${mark}` } : resolved;
    },
    load(url, context, next) {
      const [file, mark] = url.split(QUERY) as [string, string?];
      if (mark === undefined) return next(url, context);
      return { format: 'module', shortCircuit: true, source: mutated(file, Object.values(MUTANTS)[Number(mark)]!) };
    },
  });
}

function mutated(url: string, { file, find, put }: Mutant): string {
  const source = readFileSync(fileURLToPath(url), 'utf8');
  if (url !== RBAC + file) return source;
  const changed = source.replace(find, put);
  if (changed === source) throw new Error(`${file} has no such place any more: ${String(find)}`);
  return changed;
}

/** The harness's maker of engines, making mutants. */
export async function mutantOf(check: string): Promise<typeof testPolicy> {
  hook();
  const harness = (await import(`${HARNESS}${QUERY}${Object.keys(MUTANTS).indexOf(check)}`)) as { testPolicy: typeof testPolicy };
  return harness.testPolicy;
}
