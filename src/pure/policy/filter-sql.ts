import { networkIn } from '../network/cidr.js';
import type { AttributeSchema, AttributeType, Condition, Operator, Span, Truth, Value } from './condition.js';
import { type Comparable, isCircumstance } from './facts.js';
import { type Node, nodeOf } from './node.js';
import { networksOf, OPERATORS, spanOf } from './operators.js';
import type { Clause, RowFilter } from './row-filter.js';
import { operandOf, truthOfNode } from './truth.js';

/** What stands for an attribute in a statement: an expression that we wrote, never one that came from outside. */
interface Column {
  readonly type: AttributeType;
  readonly sql: string;
}

export interface RowColumns {
  /** Of the project, a uuid; null for what belongs to none. */
  readonly project: string | null;
  readonly attributes: Readonly<Record<string, Column>>;
}

/** A column for every attribute of the schema: text, a number, a boolean, a timestamptz, an inet without a mask. */
export function rowColumns<S extends AttributeSchema>(schema: S, project: string | null, columns: { readonly [K in keyof S]: string }): RowColumns {
  return { project, attributes: Object.fromEntries(Object.entries(schema).map(([name, type]) => [name, { type, sql: columns[name]! }])) };
}

export interface FilterSql {
  /** A condition for WHERE, in brackets. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * The filter as SQL, true of exactly the rows that `shows` shows. `taken` is how many parameters the statement has
 * already. Values are parameters; names are looked up among the columns and never written.
 */
export function filterSql({ allows, denies, asking }: RowFilter, columns: RowColumns, taken: number): FilterSql {
  const writing = new Writing(columns, asking, taken);
  const shown = allows.map((clause) => writing.allowed(clause));
  const hidden = denies.map((clause) => writing.denied(clause));
  const sql = [shown.length === 0 ? 'FALSE' : brackets(shown, 'OR'), ...hidden].join(' AND ');
  return { sql: `(${sql})`, parameters: writing.parameters };
}

const brackets = (parts: readonly string[], joint: 'AND' | 'OR'): string => (parts.length === 1 ? parts[0]! : `(${parts.join(` ${joint} `)})`);

const constant = (truth: Truth): string => (truth === null ? 'NULL::boolean' : truth ? 'TRUE' : 'FALSE');

const SQL_TYPES: Readonly<Record<AttributeType, string>> = { text: 'text', number: 'float8', boolean: 'boolean', instant: 'timestamptz', address: 'inet' };

/** As a parameter of its type: what `cast` made of it, in words that Postgres reads as the same. */
const WRITTEN: Readonly<Record<AttributeType, (value: Comparable) => unknown>> = {
  text: (value) => value,
  number: (value) => value,
  boolean: (value) => value,
  instant: (value) => new Date(value as number).toISOString(),
  address: (value) => addressText((value as string).split('.').map(Number)),
};

function addressText(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16)).join(':');
}

const SIGNS = { $eq: '=', $ne: '<>', $lt: '<', $lte: '<=', $gt: '>', $gte: '>=' } as const;

class Writing {
  readonly parameters: unknown[] = [];

  constructor(
    private readonly columns: RowColumns,
    private readonly asking: RowFilter['asking'],
    private readonly taken: number,
  ) {}

  /** Unknown shows nothing in WHERE, as an allow that is unknown. */
  allowed({ projects, where }: Clause): string {
    const parts = [...(projects === 'all' ? [] : [this.#inProjects(projects)]), ...(where === null ? [] : [this.#condition(where)])];
    return parts.length === 0 ? 'TRUE' : brackets(parts, 'AND');
  }

  /** A deny hides unless it is false; that the row is in another project is false, and never unknown. */
  denied({ projects, where }: Clause): string {
    if (where === null) return projects === 'all' ? 'FALSE' : `${this.#inProjects(projects)} IS NOT TRUE`;
    const elsewhere = projects === 'all' ? [] : [`${this.#inProjects(projects)} IS NOT TRUE`];
    return brackets([...elsewhere, `${this.#condition(where)} IS FALSE`], 'OR');
  }

  #inProjects(projects: readonly string[]): string {
    if (this.columns.project === null) return 'FALSE';
    // Of one project an index on it and the order of the list gives the page; of several the database has to sort.
    if (projects.length === 1) return `(${this.columns.project} = ${this.#parameter(projects[0], 'uuid')})`;
    return `(${this.columns.project} = ANY(${this.#parameter(projects, 'uuid[]')}))`;
  }

  #parameter(value: unknown, type: string): string {
    this.parameters.push(value);
    return `$${this.taken + this.parameters.length}::${type}`;
  }

  #condition(where: Condition): string {
    return `(${this.#node(nodeOf(where))})`;
  }

  #node(node: Node): string {
    if (node.kind !== 'test') return brackets(node.parts.map((part) => this.#node(part)), node.kind === 'all' ? 'AND' : 'OR');
    const column = Object.hasOwn(this.columns.attributes, node.attribute) ? this.columns.attributes[node.attribute] : undefined;
    // The caller's circumstances are known here; and what has no column is missing from every row.
    if (isCircumstance(node.attribute) || column === undefined) return constant(truthOfNode(node, { ...this.asking, attributes: {} }));
    if (node.operator === '$exists') return `${column.sql} IS ${node.operand === true ? 'NOT NULL' : 'NULL'}`;
    return OPERATORS[node.operator].types.includes(column.type) ? this.#test(column, node.operator, node.operand) : constant(null);
  }

  #test(column: Column, operator: Exclude<Operator, '$exists'>, operand: unknown): string {
    const subject = this.#comparable(column);
    if (operator === '$within') return this.#within(subject, operand as Span);
    if (operator === '$cidr') return `${subject} <<= ANY(${this.#parameter(networksOf(operand as string | readonly string[]).map(networkText), 'inet[]')})`;
    const type = SQL_TYPES[column.type];
    if (operator === '$in' || operator === '$nin') {
      const list = this.#parameter((operand as readonly Value[]).map((value) => this.#value(column.type, value)), `${type}[]`);
      return operator === '$in' ? `${subject} = ANY(${list})` : `${subject} <> ALL(${list})`;
    }
    return `${subject} ${SIGNS[operator]} ${this.#parameter(this.#value(column.type, operand as Value), type)}`;
  }

  /** JavaScript's instants have no finer part than milliseconds. */
  #comparable({ type, sql }: Column): string {
    return type === 'instant' ? `date_trunc('milliseconds', ${sql})` : sql;
  }

  /** Null where it is nothing of that type: a comparison with it is unknown. */
  #value(type: AttributeType, value: Value): unknown {
    const operand = operandOf(type, value, this.asking);
    return operand === null ? null : WRITTEN[type](operand);
  }

  #within(subject: string, operand: Span): string {
    const { kind, from, to } = spanOf(operand)!;
    const at = kind === 'instants' ? subject : `(extract(hour FROM ${subject} AT TIME ZONE 'UTC') * 60 + extract(minute FROM ${subject} AT TIME ZONE 'UTC'))`;
    const [begin, end] = kind === 'instants' ? [from, to].map((millis) => this.#parameter(WRITTEN.instant(millis), 'timestamptz')) : [from, to].map((minute) => this.#parameter(minute, 'float8'));
    return `(${at} >= ${begin} ${from < to ? 'AND' : 'OR'} ${at} < ${end})`;
  }
}

function networkText(text: string): string {
  const { bytes, bits } = networkIn(text)!;
  return `${addressText(bytes)}/${bits}`;
}
