import { figure } from '../../../test/harness/ledger-bench.js';
import type { HeldRole } from './domain/role-binding.js';
import { type Rule, ruleMatches } from './domain/rule.js';
import { SubjectPolicy } from './subject-policy.js';

/**
 * A decision on a warm ability, and the making of an ability of 60 rules (20 bindings of 3). What they are held against,
 * in the same run: two string comparisons for the decision, and one plain pass over the same rules for the making.
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

const conditional = new SubjectPolicy(
  held.map((role) => ({
    ...role,
    rules: [
      ...role.rules.map((rule): Rule => ({ ...rule, where: { createdBy: { $in: ['${subject.id}', 'b'] }, shots: { $lte: 1000 }, $or: [{ 'env.ip': { $cidr: '10.0.0.0/8' } }, { 'env.acr': { $eq: 'aal1' } }] } })),
      { effect: 'deny', resource: role.rules[0]!.resource, verbs: ['*'], where: { status: { $eq: 'failed' } } },
    ],
  })),
);
const told = { ...known, attributes: { createdBy: 'a', shots: 100, status: 'succeeded' }, env: { ...known.env, ip: '10.1.2.3' } };
const condition = nanosEach(100_000, (round) => conditional.decide(...asked(round), `project-${round % 20}`, 0, told));
const filter = nanosEach(20_000, (round) => conditional.filterOf(...asked(round), 0, told, 'whole', null));

const micros = (what: string, nanos: number, atMost?: number): void => figure(what, nanos / 1000, 'µs', atMost === undefined ? {} : { atMost });
micros('limit: two comparisons of text', compare);
micros('limit: one pass over 60 rules', scan);
micros('decision on a warm ability', decide, 5);
figure('decision on a warm ability: × two comparisons', decide / compare, '');
micros('decision under conditions: an allow of four tests, a deny of one', condition, 5);
micros('ability of 60 rules, made and asked once', make, 100);
figure('ability of 60 rules: × one pass over them', make / scan, '');
micros('filter of a list, made', filter);
if (sink < 0) console.log(sink); // So that nothing above is optimised away.
