import { poolSource } from '#platform/database/data-sources.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { armCrashPoint } from '#platform/system/crash-points.js';
import { testDetection } from '../harness/detection.js';
import { HandClock } from '../harness/hand-clock.js';
import { testLedger } from '../harness/ledger.js';

/** What the crash test tells a process that it is going to kill. */
export interface DetectionOrders {
  readonly appUrl: string;
  readonly sequencerUrl: string;
  /** 32 bytes, hex. */
  readonly rootKey: string;
  readonly noonMillis: number;
  readonly pageEntries: number;
  readonly crashAt: string;
}

/** A process that evaluates what is in the log, in small pages, and is killed before there is no more. */
const orders = JSON.parse(process.argv[2]!) as DetectionOrders;
const open = (url: string) => poolSource({ url, applicationName: 'crash-test', connectionsMax: 3, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
const [app, login] = [new SequencerUnitOfWork(await open(orders.appUrl)), new SequencerUnitOfWork(await open(orders.sequencerUrl))];
const clock = new HandClock(orders.noonMillis);
const ledger = testLedger({ app, sequencer: login } as unknown as Parameters<typeof testLedger>[0], { rootKey: Buffer.from(orders.rootKey, 'hex'), clock });
const evaluator = testDetection(login, ledger.log, clock);
armCrashPoint(orders.crashAt);
while ((await evaluator.evaluate(orders.pageEntries)) > 0);
process.exit(0);
