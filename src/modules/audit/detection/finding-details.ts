import type { Reading } from '#platform/database/unit-of-work.js';
import type { RuleFinding } from '#pure/sigma/detector.js';
import { ALERT_ENTRIES_MAX } from '../domain/alert.js';
import type { Finding } from '../domain/finding.js';
import type { EntryBehind, MatchRepository } from '../persistence/match.repository.js';
import { loginNamesOf, streamEvent, subjectsOf } from './stream-event.js';

/** What an entry adds to the alert that it is behind: so little that all entries of a flood may add it. */
export interface Evidence extends Pick<Finding, 'subjects' | 'loginNames'> {
  readonly id: string;
}

/** Bodies of entries that are in memory at once, of 16 KiB at most. */
const BODIES_MAX = 500;

/** Of many entries the first and the last: how it began, and how it is now. */
export function shownIndexes({ indexes }: Pick<RuleFinding, 'indexes'>): readonly number[] {
  const half = ALERT_ENTRIES_MAX / 2;
  return indexes.length <= ALERT_ENTRIES_MAX ? indexes : [...indexes.slice(0, half), ...indexes.slice(-half)];
}

/** By leaf index. */
export async function evidenceAt(matches: Pick<MatchRepository, 'entriesBehind'>, reading: Reading, indexes: Iterable<number>): Promise<Map<number, Evidence>> {
  const wanted = [...new Set(indexes)];
  const evidence = new Map<number, Evidence>();
  for (let from = 0; from < wanted.length; from += BODIES_MAX) {
    for (const entry of await matches.entriesBehind(reading, wanted.slice(from, from + BODIES_MAX))) evidence.set(entry.index, evidenceOf(entry));
  }
  return evidence;
}

function evidenceOf({ index, id, body }: EntryBehind): Evidence {
  const event = streamEvent(index, body);
  return { id, subjects: event === null ? [] : subjectsOf(event.body), loginNames: event === null ? [] : loginNamesOf(event.body) };
}

/** What a rule found, as alerts take it: with the entries that show it, and whom all of them are about. */
export function findingOf(found: RuleFinding, evidence: ReadonlyMap<number, Evidence>): Finding {
  const { rule, level } = found.rule;
  const behind = (indexes: readonly number[]): Evidence[] => indexes.flatMap((index) => evidence.get(index) ?? []);
  const all = behind(found.indexes);
  return {
    ruleId: rule.id,
    title: rule.title,
    severity: level,
    group: found.group.values,
    subjects: [...new Set(all.flatMap(({ subjects }) => subjects))],
    loginNames: [...new Set(all.flatMap(({ loginNames }) => loginNames))],
    count: found.count,
    firstSeenMillis: found.firstMillis,
    lastSeenMillis: found.lastMillis,
    entryIds: behind(shownIndexes(found)).map(({ id }) => id),
  };
}
