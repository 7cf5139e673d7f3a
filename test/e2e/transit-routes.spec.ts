import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ruleOf } from '#platform/http/dialects.js';
import { call, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { goldenRoutes } from '../golden/golden-routes.js';
import { type Exchange, recordedExchanges, recordExchanges } from '../golden/record-transit.js';
import { EXCHANGES, NOT_SERVED } from '../golden/transit-exchanges.js';

/** The page of the dialect is what a server says today, not what one said once. */
describe('the Vault dialect, as its page has it', () => {
  const server = withServer();
  let exchanges: readonly Exchange[];
  before(async () => {
    exchanges = await recordExchanges(server);
  });

  it('has an exchange of every route', () => {
    const served = goldenRoutes().filter(({ url }) => ruleOf(url).lenient === true).map(({ method, url }) => `${method} ${url}`);
    assert.deepEqual([...new Set(EXCHANGES.map(({ route }) => route))].sort(), served.sort());
  });

  it('answers each as it is written', () => {
    const written = recordedExchanges();
    for (const [index, exchange] of exchanges.entries()) assert.deepEqual(exchange, written[index], `${exchange.route}: npm run golden writes what is answered now`);
    assert.equal(exchanges.length, written.length);
  });

  for (const { route, path } of NOT_SERVED) {
    it(`does not serve ${route}`, async () => {
      const [method] = route.split(' ');
      const { status } = await call(server, method!, path, { token: await loginOwner(server) });
      assert.ok([400, 404, 405].includes(status), String(status));
    });
  }
});
