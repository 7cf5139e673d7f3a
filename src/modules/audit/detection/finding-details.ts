import type { RuleFinding } from '#pure/sigma/detector.js';
import { ALERT_ENTRIES_MAX } from '../domain/alert.js';
import type { Finding } from '../domain/finding.js';
import type { EntryBehind } from '../persistence/match.repository.js';
import { streamEvent, subjectsOf } from './stream-event.js';

/** Of many entries the first and the last: how it began, and how it is now. */
export function shownIndexes({ indexes }: Pick<RuleFinding, 'indexes'>): readonly number[] {
  const half = ALERT_ENTRIES_MAX / 2;
  return indexes.length <= ALERT_ENTRIES_MAX ? indexes : [...indexes.slice(0, half), ...indexes.slice(-half)];
}

/** What a rule found, as alerts take it: with the entries that show it and the people whom they are about. */
export function findingOf(found: RuleFinding, entries: ReadonlyMap<number, EntryBehind>): Finding {
  const { rule, level } = found.rule;
  const behind = shownIndexes(found).flatMap((index) => entries.get(index) ?? []);
  const subjects = behind.flatMap(({ index, body }) => {
    const event = streamEvent(index, body);
    return event === null ? [] : subjectsOf(event.body);
  });
  return {
    ruleId: rule.id,
    title: rule.title,
    severity: level,
    group: found.group.values,
    subjects: [...new Set(subjects)],
    count: found.count,
    firstSeenMillis: found.firstMillis,
    lastSeenMillis: found.lastMillis,
    entryIds: behind.map(({ id }) => id),
  };
}
