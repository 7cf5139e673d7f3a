import { poolSource } from '#platform/database/data-sources.js';
import { entityManagerOf, SequencerUnitOfWork, UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { parseWitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { armCrashPoint } from '#platform/system/crash-points.js';
import { testLedger } from '../harness/ledger.js';

/** What the crash test tells a process that it is going to kill. */
export interface Orders {
  readonly appUrl: string;
  readonly sequencerUrl: string;
  /** 32 bytes, hex. */
  readonly rootKey: string;
  readonly crashAt: string | null;
  /** A file of a witness policy, as its text; shown without witnesses unless told. */
  readonly witnessPolicy?: string;
  /** Runs what is queued, and nothing else. */
  readonly isVerifier?: boolean;
}

/**
 * A process that does and records deeds, sequences and publishes as fast as it can, until it is killed. It says
 * `ack <entry>` for each deed that was acknowledged: those must be there afterwards.
 */
const orders = JSON.parse(process.argv[2]!) as Orders;
const WRITERS = 4;
const KIND = { code: 'spec.deed', classUid: 6003, activityId: 1, severityId: 1, description: '' };
const SOMEBODY = systemPrincipal('crash-test');

const open = (url: string) => poolSource({ url, applicationName: 'crash-test', connectionsMax: 6, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
const [app, sequencer] = [new UnitOfWork(await open(orders.appUrl)), new SequencerUnitOfWork(await open(orders.sequencerUrl))];
const ledger = testLedger({ app, sequencer } as Parameters<typeof testLedger>[0], {
  rootKey: Buffer.from(orders.rootKey, 'hex'),
  ...(orders.witnessPolicy === undefined ? {} : { witnessPolicy: parseWitnessPolicy(Buffer.from(orders.witnessPolicy)) }),
});
// Keys first: two processes that make them are no part of what is tested.
for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) await ledger.keyring.signer(purpose);
armCrashPoint(orders.crashAt);

async function write(writer: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const event = { kind: KIND, outcome: 'success', actor: SOMEBODY, facts: { writer, n } } as const;
    if (n % 5 === 4) {
      process.stdout.write(`ack ${await ledger.log.record(event)}\n`);
      continue;
    }
    const deed = app.run(SOMEBODY, async (tx) => {
      const id = await ledger.log.append(tx, event);
      await entityManagerOf(tx).query('INSERT INTO public.deed VALUES ($1)', [id]);
      if (n % 20 === 19) throw new Error('rolled back on purpose');
      return id;
    });
    await deed.then((id) => process.stdout.write(`ack ${id}\n`), () => undefined);
  }
}

async function keep(): Promise<never> {
  for (;;) {
    await ledger.sequencer.sequence();
    await ledger.publisher.publish(0);
    for (const witnessing of ledger.attestation.witnessings) await witnessing.turn();
  }
}

if (orders.isVerifier === true) await ledger.runner.runNext();
else await Promise.all([...Array.from({ length: WRITERS }, (_, writer) => write(writer)), keep()]);
