import type { Rule } from '../../../src/modules/rbac/domain/rule.js';
import type { Move } from './moves.js';
import { type Beginning, named, SUBJECTS } from './policy-world.js';

/** A beginning and what is asked for then: what the property finds by chance now and then, said once for all. */
export type Case = readonly [Beginning, Move[]];
type Wealth = Beginning['wealth'][number]['of'];

interface Start {
  /** They are `which` 0, 1 … of the moves. */
  readonly roles?: readonly (readonly Rule[])[];
  /** Of role n the parent. */
  readonly heir?: readonly [role: number, parent: number];
  /** Who has which of them, where and for how long. */
  readonly has?: readonly (readonly [subject: number, role: number, place?: number, hours?: number])[];
  /** What each has beside; nothing is the rest. */
  readonly wealth?: readonly (readonly [subject: number, of: Wealth])[];
  readonly rest?: Partial<Pick<Beginning, 'admin' | 'escalates' | 'archived'>>;
}

function started({ roles = [], heir, has = [], wealth = [], rest = {} }: Start): Beginning {
  return {
    roles: roles.map((rules, index) => ({ rules: [...rules], parent: heir?.[0] === index ? heir[1] : null })),
    bindings: has.map(([subject, role, place = 0, hours]) => ({ subject, role, place, expiry: hours ?? null })) as Beginning['bindings'],
    wealth: Array.from({ length: SUBJECTS }, (_, subject) => ({ of: wealth.find(([each]) => each === subject)?.[1] ?? 'nothing', expiry: null })),
    admin: [0, 0, 0],
    escalates: false,
    archived: null,
    ...rest,
  };
}

/** By the first person with a credential for everything, unless it says otherwise. */
function asks(kind: string, { by = {}, ...rest }: Partial<Omit<Move, 'by' | 'kind'>> & { readonly by?: Partial<Move['by']> } = {}): Move {
  return { by: { actor: 0, without: null, project: 0, assurance: 'aal2', fresh: true, ...by }, kind, which: 0, prudent: false, subject: 2, consent: false, place: 0, hours: null, rules: [], parent: null, ...rest };
}

const may = (resource: string, verb: string, more: Partial<Rule> = {}): Rule => ({ effect: 'allow', resource, verbs: [verb], ...more });
const not = (resource: string, verb: string, more: Partial<Rule> = {}): Rule => ({ ...may(resource, verb, more), effect: 'deny' });
const of = (...names: string[]): Partial<Rule> => ({ where: named(names) });
const caseOf = (start: Start, ...moves: Move[]): Case => [started(start), moves];

const RUN = [may('simulation', 'run')];
const READ = may('simulation', 'read');
const OPEN = [may('vault', 'open')];
const ALL_SCOPES = 255;

/** Roles of the world that stand after those of a case: of three who administer, one that goes beyond, and what five have. */
const OTHER_ROLES = 9;

/** The first of so many roles, in one of the three ways to change one: `which` means both. */
function firstOf(roles: number, way: 0 | 1 | 2): number {
  return [0, 1, 2].map((times) => times * (roles + OTHER_ROLES)).find((number) => number % 3 === way)!;
}
const rewritten = (rules: Rule[]): Move => asks('replace', { which: firstOf(1, 1), rules });
const withoutSecondRule = asks('replace', { which: firstOf(1, 2), parent: 1 });

/** Somebody has the first role already, and it is about to give them more. */
const held = (...rules: Rule[]): Start => ({ roles: [rules], has: [[2, 0]] });

const OUTSIDER = { actor: 1 };
const RICH_PROGRAM: Start = { wealth: [[0, 'everything'], [4, 'everything']] };
const RICH: Start = { wealth: [[0, 'everything']] };
const NARROW = { by: { without: 'run:simulation' } } as const;
const IN_RED = { by: { project: 1 } } as const;

/** For each check one that only it refuses. */
export const CASES = {
  elsewhere: caseOf({ roles: [RUN], has: [[0, 0, 1]] }, asks('bind', { place: 2 })),
  inherited: caseOf({ roles: [OPEN, RUN], heir: [1, 0], wealth: [[0, 'simulations']] }, asks('bind', { which: 1 })),
  inheritedFrom: caseOf({ roles: [OPEN, RUN], heir: [1, 0], has: [[0, 1]], wealth: [[0, 'everything']] }, asks('replace', { which: firstOf(2, 1), rules: [] })),
  ending: caseOf({ roles: [RUN], has: [[0, 0, 0, 1]] }, asks('bind')),
  oneProject: caseOf({ roles: [RUN], has: [[2, 0]], ...RICH }, asks('impersonate', IN_RED)),
  deniedSomewhere: caseOf({ roles: [RUN, [not('simulation', 'run')]], has: [[0, 1, 1]], ...RICH }, asks('bind')),
  otherCondition: caseOf(held(READ, not('simulation', 'read', of('a'))), rewritten([READ, not('simulation', 'read', of('b'))])),
  otherThing: caseOf(held(READ, not('simulation', 'read')), rewritten([READ, not('registry', 'pull')])),
  fewerFieldsDenied: caseOf(held(READ, not('simulation', 'read')), rewritten([READ, not('simulation', 'read', { fields: ['status'] })])),
  lifted: caseOf(held(READ, not('simulation', 'read')), withoutSecondRule),
  liftedOfTheUnknown: caseOf({ ...held(READ, not('simulation', 'read', of('a'))), wealth: [[0, 'some']] }, withoutSecondRule),
  someFields: caseOf({ roles: [[READ], [may('simulation', 'read', { fields: ['status'] })]], has: [[0, 1]] }, asks('bind')),
  undeclared: caseOf({ roles: [[may('futures', 'read')]], has: [[0, 0]] }, asks('bind', NARROW)),
  ones: caseOf({ roles: [[may('simulation', 'run', of())]], has: [[0, 0]] }, asks('bind')),
  noOffice: caseOf({ rest: { admin: [1, 0, 0] } }, asks('create')),
  archived: caseOf({ roles: [RUN], ...RICH, rest: { archived: '01900000-0000-7000-8000-00000000000a' } }, asks('bind', { place: 1 })),
  poorOwner: caseOf({ roles: [RUN], wealth: [[4, 'everything']] }, asks('bind', { by: { actor: 4 } })),
  toTheOwner: caseOf({ roles: [RUN], ...RICH_PROGRAM }, asks('bind', { by: { actor: 4 }, subject: 0 })),
  noLeave: caseOf({ roles: [RUN] }, asks('bind', { by: OUTSIDER, consent: true })),
  oldLogin: caseOf({ roles: [RUN], rest: { escalates: true } }, asks('bind', { by: { actor: 1, fresh: false }, consent: true })),
  alone: caseOf({ roles: [RUN], rest: { escalates: true } }, asks('bind', { by: OUTSIDER })),

  secret: caseOf(RICH_PROGRAM, asks('program', { by: OUTSIDER, which: 0 })),
  key: caseOf(RICH_PROGRAM, asks('program', { by: OUTSIDER, which: 1 })),
  certificate: caseOf(RICH_PROGRAM, asks('program', { by: OUTSIDER, which: 2 })),
  programKey: caseOf(RICH_PROGRAM, asks('program', { by: OUTSIDER, which: 3 })),
  handedOver: caseOf({ wealth: [[3, 'everything'], [4, 'everything']] }, asks('hand-over', { by: OUTSIDER, subject: 3 })),
  password: caseOf({ wealth: [[2, 'everything']] }, asks('reset', { which: 0 })),
  factors: caseOf({ wealth: [[2, 'everything']] }, asks('reset', { which: 1 })),
  address: caseOf({ wealth: [[2, 'everything']] }, asks('reset', { which: 2 })),
  wideClient: caseOf({}, asks('client', { ...NARROW, which: ALL_SCOPES })),
  widenedClient: caseOf({}, asks('client', { which: 1 }), asks('rewrite-client', { ...NARROW, which: ALL_SCOPES })),
  wideDevice: caseOf(RICH, asks('client', { which: ALL_SCOPES }), asks('device', NARROW)),
  farDevice: caseOf(RICH, asks('client', { which: ALL_SCOPES }), asks('device', IN_RED)),
  strongDevice: caseOf(RICH, asks('client', { which: ALL_SCOPES }), asks('device', { by: { assurance: 'aal1' } })),
  wideKey: caseOf(RICH, asks('api-key', { ...NARROW, which: ALL_SCOPES })),
  farKey: caseOf(RICH, asks('api-key', { ...IN_RED, which: ALL_SCOPES })),
} as const satisfies Readonly<Record<string, Case>>;
