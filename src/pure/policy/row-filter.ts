import { allOf, anyOf, type Condition, type Truth } from './condition.js';
import { type Attributes, type Circumstances, isCircumstance } from './facts.js';
import { type Node, nodeOf } from './node.js';
import { truthOf, truthOfNode } from './truth.js';

/** One rule of a list: in these projects, and of what meets the condition. `all` also means what belongs to none. */
export interface Clause {
  readonly projects: 'all' | readonly string[];
  /** Null: of everything there. */
  readonly where: Condition | null;
}

/**
 * What a list may show, as a value: what any of `allows` names and none of `denies`. It holds for one request: its
 * circumstances are bound.
 */
export interface RowFilter {
  readonly allows: readonly Clause[];
  readonly denies: readonly Clause[];
  readonly asking: Circumstances;
}

/** A rule as far as a list is concerned. A project of null is every project, and none. */
export interface RowRule {
  readonly effect: 'allow' | 'deny';
  readonly projectId: string | null;
  readonly where: Condition | undefined;
}

/**
 * The filter of these rules, for a credential that is good for `only` one project or for all (null). Whatever the
 * circumstances settle is settled here, so that no statement asks the database about the caller's address.
 */
export function rowFilter(rules: readonly RowRule[], asking: Circumstances, only: string | null): RowFilter {
  const denies = merged(rules, 'deny', asking);
  const allows = denies.some(isEverything) ? [] : merged(rules, 'allow', asking);
  return { allows: only === null ? allows : allows.flatMap((clause) => within(clause, only)), denies, asking };
}

/** What both show: of every pair of allows what meets the two, and nothing that either denies. Both are of one request. */
export function bothOf(one: RowFilter, other: RowFilter): RowFilter {
  const allows = one.allows.flatMap((mine) => other.allows.map((theirs) => ({ projects: commonOf(mine.projects, theirs.projects), where: andOf(mine.where, theirs.where) })));
  return { allows: allows.filter(({ projects }) => projects.length > 0), denies: [...one.denies, ...other.denies], asking: one.asking };
}

function commonOf(one: Clause['projects'], other: Clause['projects']): Clause['projects'] {
  if (one === 'all') return other;
  return other === 'all' ? one : one.filter((id) => other.includes(id));
}

function andOf(one: Condition | null, other: Condition | null): Condition | null {
  return one === null || other === null ? (one ?? other) : { $and: [one, other] };
}

const isEverything = ({ projects, where }: Clause): boolean => projects === 'all' && where === null;

function within({ projects, where }: Clause, only: string): readonly Clause[] {
  return projects === 'all' || projects.includes(only) ? [{ projects: [only], where }] : [];
}

/** Rules of one effect, those of the same condition as one clause over all their projects. */
function merged(rules: readonly RowRule[], effect: RowRule['effect'], asking: Circumstances): readonly Clause[] {
  const clauses = new Map<string, { where: Condition | null; projects: Set<string | null> }>();
  for (const { effect: its, projectId, where } of rules) {
    const truth = where === undefined ? true : settled(nodeOf(where), asking);
    const applies = truth === 'open' || (effect === 'allow' ? truth === true : truth !== false);
    if (its !== effect || !applies) continue;
    const left = truth === 'open' ? where! : null;
    const key = JSON.stringify(left);
    const clause = clauses.get(key) ?? { where: left, projects: new Set() };
    clauses.set(key, clause);
    clause.projects.add(projectId);
  }
  const found = [...clauses.values()].map(({ where, projects }): Clause => ({ where, projects: projects.has(null) ? 'all' : [...projects].filter((id) => id !== null).sort() }));
  return found.some(isEverything) ? [{ projects: 'all', where: null }] : found;
}

/** What the circumstances alone say of the condition; `open` where it depends on the object. */
function settled(node: Node, asking: Circumstances): Truth | 'open' {
  if (node.kind === 'test') return isCircumstance(node.attribute) ? truthOfNode(node, { ...asking, attributes: {} }) : 'open';
  const truths = node.parts.map((part) => settled(part, asking));
  const decisive = node.kind === 'any';
  if (truths.includes(decisive)) return decisive;
  if (truths.includes('open')) return 'open';
  return (node.kind === 'all' ? allOf : anyOf)(truths as Truth[]);
}

/** Whether the filter shows an object: the same that its SQL says of the object's row. */
export function shows({ allows, denies, asking }: RowFilter, projectId: string | null, attributes: Attributes): boolean {
  const facts = { ...asking, attributes };
  const isAt = ({ projects }: Clause): boolean => projects === 'all' || (projectId !== null && projects.includes(projectId));
  const truth = ({ where }: Clause): Truth => (where === null ? true : truthOf(where, facts));
  return allows.some((clause) => isAt(clause) && truth(clause) === true) && !denies.some((clause) => isAt(clause) && truth(clause) !== false);
}

/** Neither projects nor conditions matter. */
export const showsEverything = ({ allows, denies }: RowFilter): boolean => allows.some(isEverything) && denies.length === 0;

/** For whom there is nothing to ask the policy about. */
export const NO_ROWS: RowFilter = { allows: [], denies: [], asking: { subject: { id: '', kind: null, projectId: null }, env: { ip: null, acr: null, nowMillis: 0 } } };

/** Nothing, whatever there is. */
export const showsNothing = ({ allows }: RowFilter): boolean => allows.length === 0;

/** Whether what it shows may be of more than one project, or of none: a read that is recorded. */
export function spansProjects({ allows, denies }: RowFilter): boolean {
  if (allows.some(({ projects }) => projects === 'all')) return true;
  const hidden = new Set(denies.flatMap(({ projects, where }) => (where === null && projects !== 'all' ? projects : [])));
  return new Set(allows.flatMap(({ projects }) => projects).filter((id) => !hidden.has(id))).size > 1;
}
