import { isUuid } from '../uuid/uuid.js';
import { type Correlation, type CountCondition, countConditionAt, groupByAt, parseCorrelation } from './correlation-rule.js';
import { type Predicate, parseDetection } from './detection.js';
import { Effort } from './effort.js';
import { mapAt, type Members, onlyKnown, textAt, timespanAt } from './rule-reading.js';
import { SigmaError } from './sigma-error.js';

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];

export interface RuleHead {
  /** UUID: alerts are told apart by it, so it stays when the rule is changed. */
  readonly id: string;
  /** What correlations may call it by. */
  readonly name: string | null;
  readonly title: string;
  readonly description: string;
  /** Null: none was given. */
  readonly level: Level | null;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  /** Switched off it raises nothing; what correlates it goes on. */
  readonly isEnabled: boolean;
}

export interface DetectionRule extends RuleHead {
  readonly kind: 'detection';
  readonly matches: Predicate;
  /** Not Sigma's: entries with different values here are alerts of their own, as a correlation's `group-by` makes them. */
  readonly groupBy: readonly string[];
}

export interface CorrelationRule extends RuleHead {
  readonly kind: 'correlation';
  readonly correlation: Correlation;
}

/** Not Sigma's: something that the ledger itself measures, and that no entry can tell, such as that there are none. */
export interface SignalRule extends RuleHead {
  readonly kind: 'signal';
  readonly signal: { readonly type: 'ledger_silence'; readonly timespanMillis: number; readonly condition: CountCondition };
}

export type SigmaRule = DetectionRule | CorrelationRule | SignalRule;

/** What makes a rule of one kind or another: the member that it has. */
const KINDS: Readonly<Record<string, (members: Members, head: RuleHead, effort: Effort) => SigmaRule>> = {
  detection: (members, head, effort) => ({
    ...head,
    kind: 'detection',
    matches: parseDetection(mapAt(members['detection'], 'detection'), effort, 'detection'),
    groupBy: groupByAt(members['group-by'], new Map(), 'group-by'),
  }),
  correlation: (members, head) => ({ ...head, kind: 'correlation', correlation: parseCorrelation(members['correlation'], members['generate']) }),
  signal: (members, head) => ({ ...head, kind: 'signal', signal: signalAt(members['signal']) }),
};

/** One rule, as a YAML or JSON parser gives it. Its own effort is for it alone, unless one is given that others share. Throws SigmaError. */
export function parseRule(value: unknown, effort: Effort = new Effort()): SigmaRule {
  const members = mapAt(value, 'rule');
  const head = parseHead(members);
  const kinds = Object.keys(KINDS).filter((kind) => members[kind] !== undefined);
  if (kinds.length !== 1) throw new SigmaError('rule', `has one of ${Object.keys(KINDS).join(', ')}`);
  return KINDS[kinds[0]!]!(members, head, effort);
}

function parseHead(members: Members): RuleHead {
  const { id, name, enabled = true, status = 'stable', level, logsource } = members;
  if (!isUuid(id)) throw new SigmaError('id', 'must be a UUID in lower case');
  if (typeof enabled !== 'boolean') throw new SigmaError('enabled', 'true or false');
  if (!STATUSES.includes(status as string)) throw new SigmaError('status', `one of ${STATUSES.join(', ')}`);
  if (logsource !== undefined && ![undefined, 'quantonium'].includes(mapAt(logsource, 'logsource')['product'] as string)) {
    throw new SigmaError('logsource.product', 'quantonium: entries of other products are not in this ledger');
  }
  return {
    id,
    name: name === undefined ? null : textAt(name, 'name', 256),
    title: textAt(members['title'], 'title', 256),
    description: members['description'] === undefined ? '' : textAt(members['description'], 'description', 65_535),
    level: level === undefined ? null : levelAt(level),
    tags: notesAt(members['tags'], 'tags'),
    falsePositives: notesAt(members['falsepositives'], 'falsepositives'),
    isEnabled: enabled && status !== 'deprecated' && status !== 'unsupported',
  };
}

function levelAt(value: unknown): Level {
  const level = LEVELS.find((known) => known === value);
  if (level === undefined) throw new SigmaError('level', `one of ${LEVELS.join(', ')}`);
  return level;
}

function notesAt(value: unknown, place: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 100) throw new SigmaError(place, 'must be a list of at most 100 texts');
  return value.map((item, at) => textAt(item, `${place}[${at}]`, 1_000));
}

function signalAt(value: unknown): SignalRule['signal'] {
  const map = mapAt(value, 'signal');
  onlyKnown(map, ['type', 'timespan', 'condition'], 'signal');
  if (map['type'] !== 'ledger_silence') throw new SigmaError('signal.type', 'one of ledger_silence');
  return { type: map['type'], timespanMillis: timespanAt(map['timespan'], 'signal.timespan'), condition: countConditionAt(map['condition'], 'signal.condition') };
}
