import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Outbox } from '#platform/outbox/outbox.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { newProject, newSubject } from '../../../../test/harness/policy.js';
import { WEBHOOK_BACKLOG_MAX } from '../domain/webhook.js';
import { LogFollower } from '../log-follower.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { WebhookRepository } from '../persistence/webhook.repository.js';
import { WebhookFanOut } from './webhook-fan-out.js';

const SPEC = systemPrincipal('spec');
const KIND = { code: 'spec.deed.done', classUid: 6003, activityId: 1, severityId: 1, description: '' };

describe('from the log to the webhooks', () => {
  let scene: LedgerScene;
  let fanOut: WebhookFanOut;
  let [keeper, red, blue]: string[] = [];
  const randomness = new SystemRandomness();
  const webhooks = new WebhookRepository();
  before(async () => {
    scene = await openLedgerScene();
    [keeper, red, blue] = [await newSubject(scene.database), await newProject(scene.database), await newProject(scene.database)];
    const follower = new LogFollower(scene.database.sequencer, new CursorRepository(), new EntryRepository());
    fanOut = new WebhookFanOut(follower, webhooks, new Outbox(new SystemClock(), randomness), new OutboxRows(), scene.log);
  });
  after(() => scene.close());
  beforeEach(() => scene.query('TRUNCATE alerts.webhook, platform.outbox'));

  const webhook = async (events: readonly string[], projectId: string | null = null, createdAt = new Date(0)): Promise<string> => {
    const id = randomness.uuidv7(Date.now());
    const sealed = { secret: Buffer.alloc(60), formerSecret: null, formerUntil: null, disabledReason: null };
    await scene.database.app.run(SPEC, (tx) => webhooks.insert(tx, { id, url: 'https://hooks.example.com', events, projectId, createdBy: keeper!, createdAt, ...sealed }));
    return id;
  };
  const record = (code: string, projectId?: string): Promise<string> =>
    scene.log.record(scene.event({ kind: { ...KIND, code }, ...(projectId === undefined ? {} : { projectId }) }));
  const advance = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
    while ((await fanOut.advance()) > 0);
  };
  const messages = () => scene.query<{ destination: string; subject: { entryId: string } }>('SELECT destination, subject FROM platform.outbox ORDER BY place');
  const toldOf = async (id: string): Promise<string[]> => (await messages()).filter(({ destination }) => destination === id).map(({ subject }) => subject.entryId);

  it('makes a message of ids for each webhook that wants an entry, in the order of the log', async () => {
    const [all, exact, prefix, other] = [await webhook(['*']), await webhook(['spec.a']), await webhook(['spec.b.*', 'spec.x']), await webhook(['spec', 'spec.a.*', 'spe.*'])];
    const ids = [await record('spec.a'), await record('spec.b.c'), await record('spec.bc')];
    await advance();
    const leaves = await scene.query<{ entry_id: string }>('SELECT entry_id FROM audit.leaf WHERE entry_id = ANY ($1) ORDER BY index', [ids]);
    assert.deepEqual(await toldOf(all), leaves.map(({ entry_id: id }) => id));
    assert.deepEqual([await toldOf(exact), await toldOf(prefix), await toldOf(other)], [[ids[0]], [ids[1]], []]);
    assert.deepEqual(Object.keys((await messages())[0]!.subject), ['entryId']);
  });

  it('reads every entry once, however often it is asked', async () => {
    const all = await webhook(['*']);
    const id = await record('spec.a');
    await advance();
    await advance();
    assert.deepEqual(await toldOf(all), [id]);
  });

  it('tells a project\'s webhook of that project, and the server\'s of everything', async () => {
    const [ofRed, ofAll] = [await webhook(['*'], red), await webhook(['*'])];
    const [inRed, inBlue, nowhere] = [await record('spec.a', red), await record('spec.a', blue), await record('spec.a')];
    await advance();
    assert.deepEqual(await toldOf(ofRed), [inRed]);
    assert.deepEqual((await toldOf(ofAll)).sort(), [inRed, inBlue, nowhere].sort());
  });

  it('tells nobody of what happened before the webhook was made, nor while it is off', async () => {
    const [young, off] = [await webhook(['*'], null, new Date(Date.now() + 60_000)), await webhook(['*'])];
    await scene.query("UPDATE alerts.webhook SET state = 'disabled' WHERE id = $1", [off]);
    await record('spec.a');
    await advance();
    assert.deepEqual([await toldOf(young), await toldOf(off)], [[], []]);
  });

  it('switches a webhook off that is too far behind, and records that', async () => {
    const [slow, quick] = [await webhook(['*']), await webhook(['spec.a'])];
    await scene.query(
      `INSERT INTO platform.outbox (id, sink, destination, subject, created_at, next_attempt_at)
       SELECT gen_random_uuid(), 'webhook', $1, '{}', now(), now() FROM generate_series(1, $2::int)`,
      [slow, WEBHOOK_BACKLOG_MAX],
    );
    const id = await record('spec.a');
    await advance();
    assert.deepEqual(await toldOf(quick), [id]);
    assert.equal((await toldOf(slow)).length, WEBHOOK_BACKLOG_MAX);
    assert.deepEqual(await scene.query('SELECT state, disabled_reason FROM alerts.webhook WHERE id = $1', [slow]), [{ state: 'disabled', disabled_reason: 'backlog' }]);
    const recorded = await scene.query("SELECT FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb @> $1::jsonb", [
      JSON.stringify({ metadata: { event_code: 'webhook.disable' }, resources: [{ uid: slow }], unmapped: { reason: 'backlog' } }),
    ]);
    assert.equal(recorded.length, 1);
  });
});
