import type { HeldRole } from './domain/role-binding.js';
import { type Rule, ruleMatches } from './domain/rule.js';
import { SubjectPolicy } from './subject-policy.js';

/**
 * A decision on a warm ability, and the making of an ability of 60 rules (20 bindings of 3). Limits, in the same run:
 * two string comparisons for the decision, and one plain pass over the same rules for the making.
 */
const held: HeldRole[] = Array.from({ length: 20 }, (_, binding) => ({
  bindingId: `${binding}`,
  roleId: 'researcher',
  definedIn: 'researcher',
  projectId: binding % 4 === 0 ? null : `project-${binding}`,
  expiresAtMillis: null,
  rules: ['read', 'run', 'cancel'].map((verb): Rule => ({ effect: 'allow', resource: `resource-${binding}`, verbs: [verb] })),
}));
const rules = held.flatMap((role) => role.rules);

let sink = 0;
function nanosEach(times: number, work: (round: number) => unknown): number {
  for (let round = 0; round < times / 10; round += 1) sink += Number(Boolean(work(round)));
  let best = Infinity;
  for (let run = 0; run < 5; run += 1) {
    const started = process.hrtime.bigint();
    for (let round = 0; round < times; round += 1) sink += Number(Boolean(work(round)));
    best = Math.min(best, Number(process.hrtime.bigint() - started) / times);
  }
  return best;
}

const known = { attributes: {}, subject: { id: 'a', kind: 'user', projectId: null }, env: { ip: null, acr: 'aal1', nowMillis: 0 } };
const warm = new SubjectPolicy(held);
const asked = (round: number): [string, string] => [`resource-${round % 20}`, ['read', 'run', 'cancel'][round % 3]!];
const compare = nanosEach(1_000_000, (round) => asked(round)[0] === 'resource-7' && asked(round)[1] === 'run');
const scan = nanosEach(20_000, (round) => rules.filter((rule) => ruleMatches(rule, ...asked(round))).length);
const decide = nanosEach(200_000, (round) => warm.decide(...asked(round), `project-${round % 20}`, 0, known));
const make = nanosEach(20_000, (round) => new SubjectPolicy(held).decide(...asked(round), null, 0, known));

const line = (what: string, nanos: number, limit: string, ratio: number): string => `${what.padEnd(36)} ${(nanos / 1000).toFixed(2).padStart(8)} µs   ${ratio.toFixed(1)} × ${limit}`;
console.log(line('decision on a warm ability', decide, 'two comparisons', decide / compare));
console.log(line('ability of 60 rules, made and asked', make, 'one pass over 60 rules', make / scan));
console.log(line('limit: two comparisons', compare, 'itself', 1));
console.log(line('limit: one pass over 60 rules', scan, 'itself', 1));
if (sink < 0) console.log(sink); // So that nothing above is optimised away.
