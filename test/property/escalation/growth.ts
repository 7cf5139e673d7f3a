import fc from 'fast-check';
import { ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TestPolicy } from '../../harness/policy.js';
import type { TestDatabase } from '../../harness/postgres.js';
import { type Deed, deedOf, move, type Move } from './moves.js';
import { PolicyPicture } from './policy-oracle.js';
import { arrive, begin, beginning, clear, HOUR_MILLIS } from './policy-world.js';
import { questionAbout, questionOf } from './questions.js';

export interface Tally {
  asked: number;
  accepted: number;
  readonly byKind: Record<string, [accepted: number, asked: number]>;
}

/** Sequences of moves from random beginnings; fails by throwing what grew. */
export function nobodyGrows(database: TestDatabase, policy: TestPolicy, subjects: readonly string[], tally: Tally) {
  return fc.asyncProperty(beginning, fc.array(move, { minLength: 3, maxLength: 8 }), async (start, moves) => {
    await clear(database);
    await begin(database, subjects, start, policy.clock.millis);
    let picture = await PolicyPicture.of(database);
    for (const each of moves) picture = await step(database, policy, subjects, picture, each, tally);
  });
}

async function step(database: TestDatabase, policy: TestPolicy, subjects: readonly string[], before: PolicyPicture, each: Move, tally: Tally): Promise<PolicyPicture> {
  const principal = await arrive(database, subjects, each.by);
  const deed = deedOf(each, database, before, policy, principal, subjects);
  if (deed === null) return before;
  const count = (tally.byKind[each.kind] ??= [0, 0]);
  tally.asked += 1;
  count[1] += 1;
  try {
    await deed.do();
  } catch (error) {
    if (error instanceof ApprovalNeeded || (error instanceof Fault && error.kind.status < 500)) return before;
    throw error;
  }
  tally.accepted += 1;
  count[0] += 1;
  const after = await PolicyPicture.of(database);
  const wrong = wrongWith(deed, principal, before, after, subjects, policy.clock.millis);
  if (wrong !== null) throw new Error(`${subjects.indexOf(principal.id)} did ${deed.say}: ${wrong}`);
  return after;
}

function wrongWith(deed: Deed, principal: Principal, before: PolicyPicture, after: PolicyPicture, subjects: readonly string[], now: number): string | null {
  const own = before.tokenPowersOf(principal, now);
  if (deed.needs !== null && !own.has(questionAbout(deed.needs.permission, deed.needs.place))) return `it needs ${deed.needs.permission}`;
  if (deed.subject === principal.id) return 'it gives a role to who does it';
  if (deed.role !== undefined && before.holds(principal.id, deed.role, now)) return 'it changes a role of who does it';
  // Bindings end on the hour: between two of those instants nothing changes by itself.
  for (const at of [0, 1, 2].map((hours) => now + hours * HOUR_MILLIS)) {
    const had = before.tokenPowersOf(principal, at);
    const isBeyond = (number: number): boolean => !(had.has(number) && own.has(number));
    const stolen = deed.becomes === undefined ? undefined : [...before.powersOf(deed.becomes, at)].find(isBeyond);
    if (stolen !== undefined) return `who becomes may ${questionOf(stolen)}`;
    for (const subject of subjects) {
      const [then, since] = [before.powersOf(subject, at), after.powersOf(subject, at)];
      const grown = [...since].find((number) => !then.has(number) && isBeyond(number));
      if (grown !== undefined) return `${subjects.indexOf(subject)} may ${questionOf(grown)} ${at === now ? 'now' : 'later'}`;
    }
  }
  return null;
}
