import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';

/** What ends a line for some reader: `splitlines` of Python, `LineBreak` of Java's `\R`, JavaScript's own. */
const LINES = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;
const FORGED = '{"metadata":{"event_code":"auth.owner.recover"}}';
const HOSTILE: Readonly<Record<string, string>> = {
  'CR and LF': `x\r\n${FORGED}\r\n`,
  'NUL': `x\0${FORGED}`,
  'ANSI in seven and eight bits': `\x1b[2K\x1b[1A\x9b2J${FORGED}`,
  'separators of Unicode': `x\u2028${FORGED}\u2029\x85`,
  'overrides of direction': '\u202e\u2066gnp.exe',
  'halves of characters': '\ud800 and \udc00',
  'the end of a string': `"}}\n${FORGED}`,
  'the marker of a syslog message': '\n<13>1 2026-11-22T00:00:00Z host app - - - forged',
};

describe('hostile text in the ledger', () => {
  let scene: LedgerScene;
  before(async () => void (scene = await openLedgerScene()));
  after(() => scene.close());

  for (const [name, text] of Object.entries(HOSTILE)) {
    it(`stays one line that says what was done: ${name}`, async () => {
      const trail = { requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: '192.0.2.1', userAgent: text }, trace: null, committedEvents: [], replayedStatus: null };
      const id = await runWithTrail(trail, () =>
        scene.log.record(
          scene.event({
            outcome: 'failure',
            actor: { ...systemPrincipal('spec'), id: text },
            projectId: text,
            targets: [{ type: 'thing', uid: text }],
            facts: { label: text, list: [text, text], [text]: 1 },
            personal: { subject: null, userName: text, note: text },
          }),
        ),
      );
      const [{ body }] = (await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = $1', [id])) as [{ body: Buffer }];
      const line = body.toString('utf8');
      assert.equal(line.split(LINES).length, 1);
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
      const entry = JSON.parse(line) as { metadata: { event_code: string; uid: string }; unmapped: { label: string; list: string[] } };
      assert.deepEqual([entry.metadata.event_code, entry.metadata.uid], ['spec.deed', id]);
      // What a reader prints after it has parsed, `jq -r` for one.
      for (const shown of [entry.unmapped.label, ...entry.unmapped.list, ...Object.keys(entry.unmapped)]) {
        assert.equal(shown.split(LINES).length, 1);
        assert.doesNotMatch(shown, /[\x00-\x1f\x7f-\x9f]/);
      }
    });
  }

  it('makes of as many entries as many lines of NDJSON', async () => {
    const ids = await Promise.all(Object.values(HOSTILE).map((text) => scene.log.record(scene.event({ facts: { text } }))));
    const rows = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = ANY($1)', [ids]);
    const lines = rows.map(({ body }) => body.toString('utf8')).join('\n').split(LINES);
    assert.equal(lines.length, ids.length);
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { metadata: { uid: string } }).metadata.uid).sort(), [...ids].sort());
  });
});
