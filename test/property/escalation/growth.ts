import fc from 'fast-check';
import { type ApprovableRequest, ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { TestCredentials } from '../../harness/credentials.js';
import type { TestPolicy } from '../../harness/policy.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { CREDENTIAL_DEEDS, CREDENTIAL_KINDS, forgetCredentials, Handed } from './credential-moves.js';
import { type Deed, type Move, moveOf, POLICY_DEEDS, POLICY_KINDS, type PolicyKind, Stage } from './moves.js';
import { APPROVER, PolicyPicture, type Subjects } from './policy-oracle.js';
import { arrive, begin, beginning, clear, HOUR_MILLIS } from './policy-world.js';
import { questionAbout, questionOf } from './questions.js';

export interface Tally {
  asked: number;
  accepted: number;
  readonly byKind: Record<string, [accepted: number, asked: number]>;
}

/** Of which requests the sequences are. */
export interface Model<Kind extends string> {
  readonly kinds: readonly Kind[];
  /** What whoever administers may do beside changing policy. */
  readonly offices: readonly Rule[];
  /** A program that decides about roles is given nothing but by owners and itself. */
  readonly programMakesRoles: boolean;
  prepare?(database: TestDatabase, subjects: Subjects): Promise<void>;
  deedOf(move: Move<Kind>, stage: Stage, handed: Handed): Deed | null;
}

export const POLICY_MODEL: Model<PolicyKind> = { kinds: POLICY_KINDS, offices: [], programMakesRoles: true, deedOf: (each, stage) => POLICY_DEEDS[each.kind](each, stage) };

export const CREDENTIAL_MODEL: Model<(typeof CREDENTIAL_KINDS)[number]> = {
  kinds: CREDENTIAL_KINDS,
  offices: [
    { effect: 'allow', resource: 'users', verbs: ['invite', 'reset-password', 'reset-mfa'] },
    { effect: 'allow', resource: 'service-accounts', verbs: ['issue-secret', 'update'] },
    { effect: 'allow', resource: 'clients', verbs: ['create', 'update'] },
  ],
  programMakesRoles: false,
  prepare: forgetCredentials,
  deedOf: (each, stage, handed) => ({ ...POLICY_DEEDS, ...CREDENTIAL_DEEDS })[each.kind](each, stage, handed),
};

/** Sequences of moves from random beginnings; fails by throwing what grew. */
export function nobodyGrows<Kind extends string>(model: Model<Kind>, database: TestDatabase, policy: TestPolicy, credentials: TestCredentials, subjects: Subjects, tally: Tally) {
  return fc.asyncProperty(beginning, fc.array(moveOf(model.kinds), { minLength: 3, maxLength: 8 }), async (start, moves) => {
    await clear(database);
    await model.prepare?.(database, subjects);
    await begin(database, subjects, start, policy.clock.millis, model);
    const handed = new Handed(credentials);
    let picture = await PolicyPicture.of(database, subjects);
    for (const each of moves) {
      const principal = await arrive(database, subjects, each.by, policy.clock.millis);
      const stage = new Stage(picture, policy, principal, database);
      const deed = model.deedOf(each as Move<Kind>, stage, handed);
      if (deed !== null && stage.asksFor(each as Move, deed)) picture = await step(database, policy, principal, picture, deed, each as Move, tally);
    }
  });
}

async function step(database: TestDatabase, policy: TestPolicy, principal: Principal, before: PolicyPicture, deed: Deed, { kind, consent }: Move, tally: Tally): Promise<PolicyPicture> {
  const count = (tally.byKind[kind] ??= [0, 0]);
  tally.asked += 1;
  count[1] += 1;
  const outcome = await attempt(deed, consent, database, policy, principal);
  if (outcome === 'refused') return before;
  tally.accepted += 1;
  count[0] += 1;
  const after = await PolicyPicture.of(database, before.subjects);
  const wrong = wrongWith(deed, outcome === 'approved', deed.by ?? principal, before, after, policy.clock.millis);
  if (wrong !== null) throw new Error(`${before.subjects.indexOf(principal.id)} did ${deed.say}: ${wrong}`);
  return after;
}

/** Where somebody else is asked, they approve or nothing happens; the request is then sent again with their approval. */
async function attempt(deed: Deed, consent: boolean, database: TestDatabase, policy: TestPolicy, principal: Principal): Promise<'done' | 'approved' | 'refused'> {
  const first = await outcomeOf(() => deed.do(null));
  if (!(first instanceof ApprovalNeeded) || !consent) return first === 'done' ? 'done' : 'refused';
  const { id } = await policy.approvals.open(principal, REQUEST, first.need);
  await database.query(`UPDATE rbac.approval SET state = 'approved', decided_at = now(), decided_by = $2 WHERE id = $1`, [id, APPROVER.id]);
  return (await outcomeOf(() => deed.do({ ...REQUEST, approvalId: id }))) === 'done' ? 'approved' : 'refused';
}

/** A fault of the server is no refusal. */
async function outcomeOf(deed: () => Promise<unknown>): Promise<'done' | ApprovalNeeded | Fault> {
  try {
    await deed();
    return 'done';
  } catch (error) {
    if (error instanceof ApprovalNeeded || (error instanceof Fault && error.kind.status < 500)) return error;
    throw error;
  }
}

const REQUEST: ApprovableRequest = { method: 'PUT', route: 'PUT /v1/spec', path: '/v1/spec', query: '', bodyDigest: '0'.repeat(64), approvalId: null };

/** Whether this credential may go beyond what its holder has: the permission for that, a second factor, a fresh login and somebody's approval. */
function goesBeyond({ beyond }: Deed, approved: boolean, principal: Principal, own: ReadonlySet<number>, now: number): boolean {
  const isFresh = now / 1000 - principal.authenticatedAtSeconds <= 300;
  return approved && isFresh && principal.assurance !== 'aal1' && beyond !== undefined && own.has(questionAbout(beyond.permission, beyond.place));
}

function wrongWith(deed: Deed, approved: boolean, principal: Principal, before: PolicyPicture, after: PolicyPicture, now: number): string | null {
  const { subjects } = before;
  const own = before.tokenPowersOf(principal, now);
  if (deed.needs !== null && !own.has(questionAbout(deed.needs.permission, deed.needs.place))) return `it needs ${deed.needs.permission}`;
  const made = after.bindings.filter(({ id }) => !before.bindings.some((binding) => binding.id === id));
  if (made.some(({ subject_id }) => before.selvesOf(principal.id).includes(subject_id))) return 'it gives a role to who does it';
  if (made.some(({ project_id }) => project_id !== null && before.archived.includes(project_id))) return 'the project is archived';
  const amiss = deed.wrong?.() ?? null;
  if (amiss !== null || goesBeyond(deed, approved, principal, own, now)) return amiss;
  if (deed.role !== undefined && before.holds(principal.id, deed.role, now)) return 'it changes a role of who does it';
  // Bindings end on the hour: between two of those instants nothing changes by itself.
  for (const at of [0, 1, 2].map((hours) => now + hours * HOUR_MILLIS)) {
    const had = before.tokenPowersOf(principal, at);
    const isBeyond = (number: number): boolean => !(had.has(number) && own.has(number));
    const stolen = deed.becomes === undefined ? undefined : [...before.powersOf(deed.becomes, at)].find(isBeyond);
    if (stolen !== undefined) return `who becomes may ${questionOf(stolen)}`;
    const passed = deed.yields === undefined ? undefined : [...before.tokenPowersOf(deed.yields(), at)].find((number) => !had.has(number));
    if (passed !== undefined) return `who comes with it may ${questionOf(passed)}`;
    // Also whoever was not there before.
    for (const subject of new Set([...subjects, ...after.bindings.map(({ subject_id }) => subject_id)])) {
      const [then, since] = [before.powersOf(subject, at), after.powersOf(subject, at)];
      const grown = [...since].find((number) => !then.has(number) && isBeyond(number));
      if (grown !== undefined) return `${subjects.indexOf(subject)} may ${questionOf(grown)} ${at === now ? 'now' : 'later'}`;
    }
  }
  return null;
}
