import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const DOCUMENT = readFileSync('docs/dependencies.md', 'utf8');
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Readonly<Record<string, string>> };
const DAY_MILLIS = 86_400_000;
/** What docs/dependencies.md promises for a dependency without an advisory. */
const NEWEST_WITHIN_DAYS = 90;

/** A line of the table of versions: package, version, the newest of its line, and since when there is one that is newer. */
const ROW = /^\| `([^`]+)` \| (\S+) \| (\S+) \| (\d{4}-\d\d-\d\d|–) \|$/gm;
const rows = [...DOCUMENT.matchAll(ROW)].map(([, name, version, newest, since]) => ({ name: name!, version: version!, newest: newest!, since: since! }));
const lookedAt = /^Looked at on (\d{4}-\d\d-\d\d)\.$/m.exec(DOCUMENT)?.[1];

describe('what is not ours, when it was last looked at', () => {
  it('is every direct dependency, in the version that is installed', () => {
    assert.deepEqual(Object.fromEntries(rows.map(({ name, version }) => [name, version])), Object.fromEntries(Object.entries(dependencies).map(([name, version]) => [name, version.replace(/^npm:.+@/, '')])));
  });

  it('is the newest of its line, or was it at most ninety days before', () => {
    assert.ok(lookedAt !== undefined, 'the day is missing');
    const late = rows.filter(({ version, newest, since }) => (version === newest ? since !== '–' : since === '–' || Date.parse(lookedAt) - Date.parse(since) > NEWEST_WITHIN_DAYS * DAY_MILLIS));
    assert.deepEqual(late, []);
  });
});
