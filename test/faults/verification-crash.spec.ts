import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { principalNamed } from '../harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../harness/ledger.js';
import { startAuditWorker, untilServerNoticed } from './audit-workers.js';
import { KILLS } from './crash-points.js';

const ROOT_KEY = '0d'.repeat(32);
const AUDITOR = principalNamed('0198c0de-0000-7000-8000-0000000000aa');

describe('a verification under kill -9', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene({ rootKey: Buffer.from(ROOT_KEY, 'hex') });
    await scene.appendMany(3);
    await scene.sequencer.sequence();
    await scene.publisher.publish(0);
  });
  after(() => scene.close());

  const results = async (): Promise<number> => (await scene.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%"audit.verify.complete"%'`)).length;

  for (const crashAt of KILLS['verification-crash']) {
    it(`is run again by the next process, and told once, when killed at ${crashAt}`, async () => {
      const { id } = await scene.requests.request(AUDITOR, null);
      const { app: appUrl, sequencer: sequencerUrl } = scene.database.urls;
      const { signal, stderr } = await startAuditWorker({ appUrl, sequencerUrl, rootKey: ROOT_KEY, crashAt, isVerifier: true }, () => undefined).ended;
      assert.equal(signal, 'SIGKILL', stderr);
      assert.match(stderr, new RegExp(`crash point ${crashAt}`));
      await untilServerNoticed(scene);
      assert.deepEqual([(await scene.requests.get(AUDITOR, id)).state, await results()], ['running', 0]);
      assert.equal(await scene.runner.runNext(undefined, 1), id);
      assert.deepEqual([(await scene.requests.get(AUDITOR, id)).state, await results()], ['passed', 1]);
    });
  }
});
