import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { testCredentials as wholeCredentials, type testCredentials } from '../../harness/credentials.js';
import type { testPolicy } from '../../harness/policy.js';
import { type Case, CASES } from './cases.js';

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
  /** By what the property finds it: the seed of a few random requests, or a case that is rare among those. */
  readonly by: number | Case;
}

export const MUTANTS = {
  'a token of one project grants only there': { file: 'grant-authority.js', find: 'if (narrowed || !covers(', put: 'if (!covers(', by: CASES.oneProject },
  'the scopes of a token narrow what it grants': { file: 'grant-authority.js', find: 'if (missing.length > 0)', put: 'if (false)', by: 10 },
  'what needs a second factor is granted with one': { file: 'grant-authority.js', find: 'demanded === undefined || isAtLeast', put: 'true || isAtLeast', by: 4 },
  'what ends earlier does not count': { file: 'grant-authority.js', find: '&& outlives(held)', put: '', by: CASES.ending },
  'what one has in another project does not count': { file: 'grant-authority.js', find: '(held.projectId === null || held.projectId === projectId) && outlives', put: 'true && outlives', by: CASES.elsewhere },
  'one’s own denies are subtracted': { file: 'domain/rule.js', find: '&& !denies.some(', put: '&& !false && !([]).some(', by: 10 },
  'a condition covers only the same or a narrower one': { file: 'domain/rule.js', find: '&& narrows(where, allow.where)', put: '', by: 9 },
  'who binds must have what the role says': { file: 'role-bindings.js', find: 'await this.granting.requireGrant(tx, grantor, grantOf(wanted, rules), escalation)', put: 'false', by: 1 },
  'and what it inherits': { file: 'role-bindings.js', find: 'const rules = graph.effective(role.id)', put: 'const rules = role.rules', by: CASES.inherited },
  'nobody binds to themselves': { file: 'role-bindings.js', find: 'if (grantor.selves.includes(wanted.subjectId))', put: 'if (false)', by: 4 },
  'to unbind what denies is to grant it': { file: 'role-bindings.js', find: 'await this.#requireAuthorityToUnbind(tx, grantor, binding, approvable)', put: 'false', by: 3 },
  'who changes a role must have what it gains': { file: 'roles.js', find: 'return this.granting.requireGrant(', put: 'return false; this.granting.requireGrant(', by: 9 },
  'and what it gains by a parent': { file: 'roles.js', find: 'graph.effective(role.id), after.effective(role.id)', put: 'role.rules, changed.rules', by: 9 },
  'nobody changes a role that they have': { file: 'roles.js', find: 'if (!holdsRole(', put: 'if (true || !holdsRole(', by: 9 },
  'nor one that a role of theirs inherits from': { file: 'granting.js', find: 'live.some(({ definedIn })=>definedIn === roleId)', put: 'live.some((held)=>held.roleId === roleId)', by: CASES.inheritedFrom },
  'what one does not have is not given': { file: 'grant-authority.js', find: 'if (narrowed || !covers(effective, rules))', put: 'if (narrowed)', by: 3 },
  'a deny in any project counts against a global grant': { file: 'grant-authority.js', find: 'live.filter((held)=>projectId === null || ', put: 'live.filter((held)=>', by: CASES.deniedSomewhere },
  'a deny under another condition is another': { file: 'grant-authority.js', find: 'return sameObjects && sameFields', put: 'return sameFields', by: CASES.otherCondition },
  'a deny of something else keeps nothing': { file: 'grant-authority.js', find: '&& ruleMatches(deny, resource, verbs[0])', put: '', by: CASES.otherThing },
  'a deny under a condition took what does not say whether it meets it': { file: 'grant-authority.js', find: /lifted\.map\(\(\{ resource, verbs \}\)=>\(\{\s+effect: 'allow',/, put: "lifted.map(({ resource, verbs, where })=>({ effect: 'allow', ...where && { where },", by: CASES.liftedOfTheUnknown },
  'a deny of some fields takes less than one of all': { file: 'grant-authority.js', find: 'return sameObjects && sameFields', put: 'return sameObjects', by: CASES.fewerFieldsDenied },
  'an allow of some fields gives less than one of all': { file: 'domain/rule.js', find: '&& reaches(allow, field)', put: '', by: CASES.someFields },
  'what no module declares takes every scope': { file: 'grant-authority.js', find: /if \(rules\.some\(\(rule\)=>rule\.effect === 'allow' && !isKnown\(rule\)\)\) return SCOPES;/, put: '', by: CASES.undeclared },
  'a condition about the subject covers nothing': { file: '../../pure/policy/narrows.js', find: '|| ofSubject(held)', put: '', by: CASES.ones },
  'to deny less is to grant': { file: 'grant-authority.js', find: '...lifted.map(', put: '...[].map(', by: CASES.lifted },
  'the right to do it is decided again in the transaction': { file: 'granting.js', find: 'enforce(decide(grantor, permission, projectId))', put: 'void 0', by: CASES.noOffice },
  'nothing is made in an archived project': { file: 'granting.js', find: 'if (isClosed)', put: 'if (false)', by: CASES.archived },
  'a program gives only what its owner has too': { file: 'granting.js', find: 'policy.groundsAt(nowMillis).map(', put: 'policy.groundsAt(nowMillis).slice(0, 1).map(', by: CASES.poorOwner },
  'nor does it give anything to its owner': { file: 'role-bindings.js', find: 'grantor.selves.includes(wanted.subjectId)', put: 'principal.id === wanted.subjectId', by: CASES.toTheOwner },
  'to go beyond takes the permission for it': { file: 'granting.js', find: /(const \{ principal, nowMillis \} = grantor;\s+const decision = )decide\(grantor, permission, projectId\)/, put: '$1{ allowed: true }', by: CASES.noLeave },
  'and a fresh login': { file: 'granting.js', find: '|| !isFresh', put: '', by: CASES.oldLogin },
  'and a second person': { file: 'granting.js', find: 'await this.approvals.require(', put: 'await Promise.resolve(', by: CASES.alone },
} as const satisfies Readonly<Record<string, Mutant>>;

/** What credentials are given by. */
export const CREDENTIAL_MUTANTS = {
  'who makes a secret has all that the program may do': { file: '../auth/client-secrets.js', find: 'await this.receivers.lock(tx, principal, accountId)', put: 'void 0', by: CASES.secret },
  'who registers a key has all that the program may do': { file: '../auth/oauth/client-keys.js', find: 'await this.receivers.lock(tx, principal, accountId)', put: 'void 0', by: CASES.key },
  'who registers a certificate has all that the program may do': { file: '../auth/client-certificates.js', find: 'await this.receivers.lock(tx, principal, accountId)', put: 'void 0', by: CASES.certificate },
  'who makes an API key has all that the program may do': { file: '../auth/api-keys/service-account-keys.js', find: 'await this.receivers.lock(tx, principal, accountId)', put: '{}', by: CASES.programKey },
  'whatever it is that the program is given': { file: '../auth/credential-receivers.js', find: 'await this.bindings.requireAuthorityOver(tx, giver, accountId)', put: 'void 0', by: CASES.secret },
  'who says that another answers for a program has all that it may do': { file: '../auth/service-accounts.js', find: /(async handOver\([\s\S]*?)await this\.bindings\.requireAuthorityOver\(tx, principal, id\)/, put: '$1void 0', by: CASES.handedOver },
  'who resets a password has all that its holder may do': { file: '../auth/passwords/reset-links.js', find: 'await this.bindings.requireAuthorityOver(tx, principal, targetId)', put: 'void 0', by: CASES.password },
  'who resets factors has all that their holder may do': { file: '../auth/mfa/factor-reset.js', find: 'await this.bindings.requireAuthorityOver(tx, principal, id)', put: 'void 0', by: CASES.factors },
  'who says where their links go has all that they may do': { file: '../auth/passwords/account-address.js', find: 'await this.bindings.requireAuthorityOver(tx, principal, targetId)', put: 'void 0', by: CASES.address },
  'of every role of theirs': { file: 'role-bindings.js', find: /(async requireAuthorityOver[\s\S]*?)\.\.\.live,/, put: '$1...live.slice(1),', by: CASES.password },
  'who makes a client has its scopes': { file: '../auth/oauth/clients.js', find: 'requireOwn(principal, draft.scopes)', put: 'void 0', by: CASES.wideClient },
  'who gives a client more scopes has them': { file: '../auth/oauth/clients.js', find: 'requireOwn(principal, new Set(', put: 'void (new Set(', by: CASES.widenedClient },
  'a device has no scope that who lets it in has not': { file: '../auth/oauth/device-approval.js', find: '&& principal.scopes.has(scope)', put: '', by: CASES.wideDevice },
  'nor comes where their token does not': { file: '../auth/oauth/device-login.js', find: /(const grant = await this\.sessions\.open\([\s\S]*?)projectId,/, put: '$1projectId: null,', by: CASES.farDevice },
  'nor is stronger than their login': { file: '../auth/oauth/device-login.js', find: /(const grant = await this\.sessions\.open\([\s\S]*?)assurance,/, put: "$1assurance: 'aal2',", by: CASES.strongDevice },
  'a key has no scope that its owner’s token has not': { file: '../auth/api-keys/api-key-records.js', find: 'requireScopes(maker, wanted.scopes)', put: 'void 0', by: CASES.wideKey },
  'a key of a token for one project is for that one': { file: '../auth/api-keys/api-key-records.js', find: 'project ?? maker.projectId', put: 'project', by: CASES.farKey },
} as const satisfies Readonly<Record<string, Mutant>>;

/** Each is made by its name. */
const ALL: Readonly<Record<string, Mutant>> = { ...MUTANTS, ...CREDENTIAL_MUTANTS };

const MODULES = new URL('../../../src/modules/', import.meta.url).href;
const RBAC = `${MODULES}rbac/`;
const CONDITIONS = new URL('../../../src/pure/policy/', import.meta.url).href;
const HARNESS = new URL('../../harness/', import.meta.url).href;
const COPIED = [RBAC, `${MODULES}auth/`, CONDITIONS];
const QUERY = '?mutant=';

/** Entities are known to the database by their class: there is one copy of them. */
const isCopied = (url: string): boolean => COPIED.some((below) => url.startsWith(below)) && !url.includes('/persistence/');

let hooked = false;

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const mark = context.parentURL?.split(QUERY)[1];
      return mark !== undefined && !resolved.url.includes(QUERY) && isCopied(resolved.url) ? { ...resolved, url: `${resolved.url}${QUERY}${mark}` } : resolved;
    },
    load(url, context, next) {
      const [file, mark] = url.split(QUERY) as [string, string?];
      if (mark === undefined) return next(url, context);
      return { format: 'module', shortCircuit: true, source: mutated(file, Object.values(ALL)[Number(mark)]!) };
    },
  });
}

function mutated(url: string, { file, find, put }: Mutant): string {
  const source = readFileSync(fileURLToPath(url), 'utf8');
  if (url !== new URL(file, RBAC).href) return source;
  const changed = source.replace(find, put);
  if (changed === source) throw new Error(`${file} has no such place any more: ${String(find)}`);
  return changed;
}

export interface Makers {
  readonly testPolicy: typeof testPolicy;
  readonly testCredentials: typeof testCredentials;
}

/** The harness's makers of engines, making mutants. */
export async function mutantOf(check: string): Promise<Makers> {
  hook();
  const mark = `${QUERY}${Object.keys(ALL).indexOf(check)}`;
  const { testPolicy } = (await import(`${HARNESS}policy.js${mark}`)) as Makers;
  if (!(check in CREDENTIAL_MUTANTS)) return { testPolicy, testCredentials: wholeCredentials };
  return { testPolicy, ...((await import(`${HARNESS}credentials.js${mark}`)) as Pick<Makers, 'testCredentials'>) };
}
