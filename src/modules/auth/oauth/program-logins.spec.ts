import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { outcomeOf } from '../../../../test/harness/token-outcome.js';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { ClientSecrets } from '../client-secrets.js';
import { PrincipalRepository } from '../persistence/principal.repository.js';
import { ServiceAccounts } from '../service-accounts.js';
import type { IssuedToken, TokenGrant } from '../token-issuer.js';
import { ClientAuthentication, type ProvenProgram } from './client-authentication.js';
import { ProgramLogins } from './program-logins.js';
import { TokenGrants } from './token-grants.js';

interface Program {
  readonly id: string;
  readonly secretId: string;
  readonly client: ProvenProgram;
}

interface Entry {
  readonly xid: string;
  readonly body: { readonly actor: { readonly user: { readonly uid: string } }; readonly metadata: { readonly event_code: string; readonly correlation_uid?: string } };
}

const FIELDS = new Map([['grant_type', 'client_credentials']]);

describe('programs that come at the same time', () => {
  let scene: AuthScene;
  let count = 0;

  const program = async (): Promise<Program> => {
    const { engine, owner } = scene;
    const { id } = await engine.get(ServiceAccounts).create(owner, null, { name: `program-${(count += 1)}` });
    const { secret, id: secretId } = await engine.get(ClientSecrets).create(owner, null, id, { label: null, lifetimeDays: 1 });
    const client = await engine.get(ClientAuthentication).authenticate({ fields: FIELDS, basic: { id, secret }, certificateThumbprint: null, source: SOURCE });
    assert.ok(client.kind === 'program');
    return { id, secretId, client };
  };
  const programs = (wanted: number): Promise<readonly Program[]> => Promise.all(Array.from({ length: wanted }, program));
  const ask = ({ client }: Program): Promise<IssuedToken> => scene.engine.get(TokenGrants).exchange({ client, fields: FIELDS, dpopThumbprint: null });
  const open = (client: ProvenProgram): Promise<TokenGrant | Fault> => scene.engine.get(ProgramLogins).open({ client, scopes: new Set(['read:data']), confirmation: null });
  /** Of what is recorded, the logins of these. */
  const loginsOf = async (of: readonly Program[]): Promise<readonly Entry[]> => {
    const rows = await scene.query<{ xid: string; body: Buffer }>('SELECT xid, body FROM audit.entry ORDER BY id');
    const entries = rows.map(({ xid, body }) => ({ xid, body: JSON.parse(body.toString()) as Entry['body'] }));
    return entries.filter(({ body }) => body.metadata.event_code === 'auth.login' && of.some(({ id }) => id === body.actor.user.uid));
  };
  const trailOf = (requestId: string, ipAddress: string): RequestTrail => ({ requestId, source: { ipAddress, userAgent: `agent of ${ipAddress}` }, trace: null, committedEvents: [], replayedStatus: null });

  before(async () => {
    scene = await openAuthScene();
  });
  after(() => scene.close());

  it('share a transaction, and each has an entry and a session that are its own', async () => {
    const all = await programs(6);
    const thrice = [...all, ...all, ...all];
    const trails = thrice.map((_, at) => trailOf(crypto.randomUUID(), `198.51.100.${at}`));
    const tokens = await Promise.all(thrice.map((each, at) => runWithTrail(trails[at]!, () => ask(each))));

    assert.deepEqual(tokens.map(({ principalId }) => principalId), thrice.map(({ id }) => id));
    const entries = await loginsOf(all);
    assert.equal(entries.length, thrice.length);
    assert.ok(new Set(entries.map(({ xid }) => xid)).size <= 2, 'they were recorded in a transaction each');
    const byRequest = new Map(entries.map(({ body }) => [body.metadata.correlation_uid, body.actor.user.uid]));
    assert.deepEqual(trails.map(({ requestId }) => byRequest.get(requestId)), thrice.map(({ id }) => id));
    assert.deepEqual(trails.map(({ committedEvents }) => committedEvents.map(({ code }) => code)), thrice.map(() => ['auth.login']));
    const sessions = await scene.query<{ id: string; source: string; user_agent: string; credential_id: string }>('SELECT id, source, user_agent, credential_id FROM auth.session');
    const expected = tokens.map(({ sessionId }, at) => ({ id: sessionId, source: `198.51.100.${at}`, user_agent: `agent of 198.51.100.${at}`, credential_id: thrice[at]!.secretId }));
    assert.deepEqual(tokens.map(({ sessionId }) => sessions.find(({ id }) => id === sessionId)), expected);
  });

  it('are judged one by one: whose secret or account is gone is refused among those who are let in', async () => {
    const [gone, disabled, ...rest] = (await programs(5)) as [Program, Program, ...Program[]];
    await scene.engine.get(ClientSecrets).revoke(scene.owner, gone.id, gone.secretId);
    await scene.engine.get(ServiceAccounts).disable(scene.owner, disabled.id);
    const outcomes = await Promise.all([rest[0]!, gone, rest[1]!, disabled, rest[2]!].map((each) => outcomeOf(ask(each))));
    assert.deepEqual(outcomes, ['done', 'invalid-client', 'done', 'invalid-client', 'done']);
    assert.deepEqual(await loginsOf([gone, disabled]), []);
  });

  it('do not wait for an account that somebody is changing, and only its own program does', async () => {
    const [changing, ...rest] = (await programs(4)) as [Program, ...Program[]];
    const locked = Promise.withResolvers<void>();
    const change = Promise.withResolvers<void>();
    const changed = scene.database.app.run(systemPrincipal('spec'), async (tx) => {
      await new PrincipalRepository().lock(tx, changing.id, 'update');
      locked.resolve();
      await change.promise;
      await new PrincipalRepository().disable(tx, changing.id, new Date());
    });
    await locked.promise;
    let isAnswered = false;
    const waiting = outcomeOf(ask(changing)).finally(() => (isAnswered = true));
    assert.deepEqual(await Promise.all(rest.map((each) => outcomeOf(ask(each)))), ['done', 'done', 'done']);
    assert.equal(isAnswered, false, 'it was answered by what the account was before');
    change.resolve();
    await changed;
    assert.equal(await waiting, 'invalid-client');
  });

  it('are let in beside one that is to bind its tokens and does not', async () => {
    const [bound, ...rest] = (await programs(3)) as [Program, ...Program[]];
    await scene.query('UPDATE auth.principal SET dpop_required = true WHERE id = $1', [bound.id]);
    assert.deepEqual(await Promise.all([rest[0]!, bound, rest[1]!].map((each) => outcomeOf(ask(each)))), ['done', 'invalid-dpop-proof', 'done']);
  });

  it('are let in where the transaction fails for one of them, who alone is refused', async () => {
    const [failing, ...rest] = (await programs(4)) as [Program, ...Program[]];
    // No such program is ever made: the session of one that showed nothing is refused by the table.
    const broken = { ...failing.client, method: 'none' } as const;
    const attempts = await Promise.allSettled([open(rest[0]!.client), open(broken), open(rest[1]!.client), open(rest[2]!.client)]);
    assert.deepEqual(attempts.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    assert.deepEqual(attempts.map((attempt) => (attempt.status === 'fulfilled' && !(attempt.value instanceof Fault) ? attempt.value.principalId : null)), [rest[0]!.id, null, rest[1]!.id, rest[2]!.id]);
    assert.equal((await loginsOf([failing, ...rest])).length, 3);
  });
});
