import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { parseEntryBundle } from '#pure/transparency-log/entry-bundle.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { formatTilePath } from '#pure/transparency-log/tile-path.js';
import { type Answer, call, type CallOptions, eventually } from '../harness/api.js';
import { type Insider, openInsider } from '../harness/insider.js';
import { installedHome } from '../harness/installed-home.js';
import { compiled } from '../harness/run-command.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { bind, createPerson, createWorld, type Person, type World } from '../harness/world.js';
import { BELL } from './programs.js';

interface Listed {
  readonly items: readonly { readonly id: string; readonly index: number; readonly entry: { readonly time: number; readonly class_uid: number; readonly metadata: { readonly event_code: string; readonly sequence: number; readonly uid: string }; readonly actor: { readonly user: { readonly uid: string } }; readonly unmapped?: Record<string, unknown> } | null }[];
  readonly size: number;
  readonly next: string | null;
}

const ENTRIES = '/v1/audit/entries';
const NDJSON = { accept: 'application/x-ndjson' };

describe('searching the audit over HTTP', () => {
  let home: TestHome;
  let server: RunningServer;
  let world: World;
  let insider: Insider;
  let red: Person;
  let simulationId: string;

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    world = await createWorld(server);
    insider = await openInsider(home);
    red = await createPerson(server, world.owner.token, 'rachel');
    await bind(server, world.owner.token, red.id, 'auditor', `project:${world.red}`);
    const run = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: world.alice.token, headers: { prefer: 'wait=30' }, json: { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1, project: 'red' } });
    simulationId = run.body.id;
    await search(world.carol, `?target=simulation:${simulationId}`, (found) => found.items.length >= 2);
  });
  after(async () => {
    await insider.close();
    await server.stop();
    await home.dispose();
  });

  const get = <T = Listed>(path: string, person: Person | null = world.carol, options: CallOptions = {}): Promise<Answer<T>> => call<T>(server, 'GET', path, { ...(person === null ? {} : { token: person.token }), ...options });
  /** Asked until it has come under a checkpoint. */
  const search = async (person: Person, query: string, isThere: (found: Listed) => boolean): Promise<Listed> =>
    (await eventually(() => get(`${ENTRIES}${query}`, person), ({ status, body }) => status === 200 && isThere(body))).body;
  const pointerOf = ({ text }: { text: string }): string | undefined => (JSON.parse(text) as { errors?: { pointer: string }[] }).errors?.[0]?.pointer;

  it('finds by what, who, on what, where and when, newest first', async () => {
    const target = (await get(`${ENTRIES}?target=simulation:${simulationId}`)).body.items;
    assert.deepEqual(target.map(({ entry }) => entry!.metadata.event_code).sort(), ['simulation.complete', 'simulation.submit']);
    const byAlice = (await get(`${ENTRIES}?actor=${world.alice.id}&code=simulation.*&project=red&class=6003&outcome=success`)).body.items;
    assert.deepEqual(byAlice.map(({ entry }) => entry!.metadata.event_code), ['simulation.submit']);
    const [submit] = byAlice;
    assert.deepEqual([submit!.entry!.metadata.sequence, submit!.entry!.metadata.uid], [submit!.index, submit!.id]);
    const at = new Date(submit!.entry!.time).toISOString();
    const within = `from=${at}&to=${new Date(submit!.entry!.time + 1).toISOString()}`;
    assert.ok((await get(`${ENTRIES}?${within}`)).body.items.some(({ id }) => id === submit!.id));
    assert.ok(!(await get(`${ENTRIES}?to=${at}`)).body.items.some(({ id }) => id === submit!.id));
    const all = (await get(`${ENTRIES}?limit=100`)).body.items.map(({ index }) => index);
    assert.deepEqual(all, all.toSorted((a, b) => b - a));
  });

  it('pages by the next link, each entry once, whatever is recorded meanwhile', async () => {
    const first = (await get(`${ENTRIES}?code=auth.*&limit=3`)).body;
    const seen = first.items.map(({ index }) => index);
    for (let next = first.next; next !== null; ) {
      const page = (await get(next)).body;
      seen.push(...page.items.map(({ index }) => index));
      next = page.next;
    }
    const whole = (await get(`${ENTRIES}?code=auth.*&limit=100`)).body.items.map(({ index }) => index).filter((index) => index <= seen[0]!);
    assert.deepEqual(seen, whole);
    assert.match(first.next!, /^\/v1\/audit\/entries\?code=auth\.\*&limit=3&cursor=\d+$/);
  });

  it('exports the whole result as NDJSON, oldest first, the bytes that are hashed', async () => {
    const answer = await get(`${ENTRIES}?project=red`, world.carol, { headers: NDJSON });
    assert.deepEqual([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')], [200, 'application/x-ndjson', 'no-store']);
    const lines = answer.text.split('\n');
    assert.equal(lines.pop(), '');
    const page = (await get(`${ENTRIES}?project=red&limit=100`)).body.items.toReversed();
    assert.ok(lines.length >= 2);
    for (const [place, line] of lines.entries()) {
      const { id } = page[place]!;
      const [stored] = await insider.query<{ body: Buffer; hash: Buffer }>('SELECT e.body, l.hash FROM audit.entry e JOIN audit.leaf l ON l.entry_id = e.id WHERE e.id = $1', [id]);
      assert.equal(line, stored!.body.toString());
      assert.deepEqual(leafHash(Buffer.from(line)), stored!.hash);
    }
  });

  it('records each search and export of the audit, and finds the records', async () => {
    const answer = await get(`${ENTRIES}?code=rbac.*&actor=${world.owner.id}&limit=1`);
    const id = answer.headers.get('audit-event-id')!;
    const { items } = await search(world.carol, `?code=audit.search&actor=${world.carol.id}&limit=100`, (found) => found.items.some((item) => item.id === id));
    const { treeSize, personal, ...facts } = items.find((item) => item.id === id)!.entry!.unmapped!;
    assert.deepEqual(facts, { actorUid: world.owner.id, code: 'rbac.*', count: 1, filters: ['actor', 'code'], format: 'json' });
    assert.ok((treeSize as number) > 10 && personal !== undefined);
    const ended = await search(world.carol, '?code=audit.export', (found) => found.items.length > 0);
    assert.equal(ended.items[0]!.entry!.unmapped!['complete'], true);
    assert.ok((ended.items[0]!.entry!.unmapped!['count'] as number) >= 2);
  });

  it("shows an auditor of red red's entries and no other, in pages, exports and one by one", async () => {
    for (const query of ['?limit=100', `?project=red&limit=100`, `?project=${world.red}&limit=100`]) {
      const { items } = (await get(`${ENTRIES}${query}`, red)).body;
      assert.ok(items.length >= 2, query);
      for (const { entry } of items) assert.equal(entry!.unmapped!['projectId'], world.red);
    }
    const lines = (await get(ENTRIES, red, { headers: NDJSON })).text.trim().split('\n');
    for (const line of lines) assert.equal((JSON.parse(line) as { unmapped: { projectId: string } }).unmapped.projectId, world.red);
    assert.deepEqual((await get(`${ENTRIES}?actor=${world.owner.id}&code=auth.login`, red)).body.items, []);
    for (const project of ['blue', world.blue, 'green', '0198c0de-0000-7000-8000-00000000dead']) {
      assert.equal((await get(`${ENTRIES}?project=${project}`, red)).status, 404, project);
      assert.equal((await get(`${ENTRIES}?project=${project}`, red, { headers: NDJSON })).status, 404, project);
    }
    const [mine] = (await get(`${ENTRIES}?target=simulation:${simulationId}`, red)).body.items;
    assert.equal((await get<{ index: number }>(`${ENTRIES}/${mine!.id}`, red)).body.index, mine!.index);
    const [foreign] = (await get(`${ENTRIES}?code=auth.login`)).body.items;
    assert.equal((await get(`${ENTRIES}/${foreign!.id}`, red)).status, 404);
  });

  it('shows it to nobody else', async () => {
    assert.equal((await get(ENTRIES, world.alice)).status, 403);
    assert.equal((await get(ENTRIES, null)).status, 401);
    assert.equal((await get(ENTRIES, world.alice, { headers: NDJSON })).status, 403);
    assert.equal((await get('/v1/audit/log/tile/entries/000.p/1', world.alice)).status, 403);
    assert.equal((await get('/v1/audit/log/tile/entries/000.p/1', red)).status, 403, 'a bundle has entries of every project');
    assert.equal((await get('/v1/audit/log/tile/entries/000.p/1', null)).status, 401);
  });

  it('refuses what is no filter, with the field, and searches nothing', async () => {
    const cases: readonly [string, string][] = [
      ['from=yesterday', 'query:from'], ['to=2026-02-30T00:00:00Z', 'query:to'], ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'query:to'], ['from=', 'query:from'],
      ['code=Auth.Login', 'query:code'], ['code=*', 'query:code'], ['code=auth*', 'query:code'], ['code=auth.*.x', 'query:code'], ["code=a'--", 'query:code'], [`code=${'a'.repeat(101)}`, 'query:code'], ['code=', 'query:code'],
      ['class=0', 'query:class'], ['class=3002.5', 'query:class'], ['class=1e3', 'query:class'], ['class=99999999999', 'query:class'],
      ['outcome=ok', 'query:outcome'], ['target=simulation', 'query:target'], ['target=a%0Ab:c', 'query:target'], ['target=a:', 'query:target'], ['actor=a%0D%0Ab', 'query:actor'], [`actor=${'a'.repeat(201)}`, 'query:actor'],
      ['project=..', 'query:project'], ['limit=0', 'query:limit'], ['limit=101', 'query:limit'], ['limit=-1', 'query:limit'],
      ['cursor=abc', 'query:cursor'], ['cursor=-1', 'query:cursor'], ['cursor=99999999999999999999', 'query:cursor'], ['cursor=1.5', 'query:cursor'], [`cursor=${'1'.repeat(600)}`, 'query:cursor'], ["cursor='", 'query:cursor'],
      ['offset=1', 'query:offset'], ['where=1', 'query:where'],
    ];
    for (const [query, pointer] of cases) {
      const answer = await get(`${ENTRIES}?${query}`);
      assert.deepEqual([answer.status, pointerOf(answer)], [422, pointer], `${query}: ${answer.text}`);
    }
    for (const query of ['cursor=5', 'limit=5']) assert.equal((await get(`${ENTRIES}?${query}`, world.carol, { headers: NDJSON })).status, 422, query);
    for (const query of ['actor=a&actor=b', 'actor=%00', 'actor=%ff']) assert.ok([400, 422].includes((await get(`${ENTRIES}?${query}`)).status), query);
    for (const query of ["actor=';DROP", 'actor=%25', 'cursor=0', 'cursor=9007199254740991', 'class=999999999', "target=x:'||pg_sleep(9)||'"]) assert.equal((await get(`${ENTRIES}?${query}`)).status, 200, query);
  });

  it('gives JSON unless NDJSON is asked for', async () => {
    for (const [accept, type] of [['*/*', 'json'], ['application/json, application/x-ndjson;q=0.5', 'json'], ['application/x-ndjson;q=0', 'json'], ['text/html', 'json'], ['application/x-ndjson, application/json;q=0.9', 'ndjson'], ['Application/X-NDJSON', 'ndjson']] as const) {
      assert.match((await get(`${ENTRIES}?code=none`, world.carol, { headers: { accept } })).headers.get('content-type')!, type === 'json' ? /^application\/json/ : /^application\/x-ndjson/, accept);
    }
    const head = await call(server, 'HEAD', ENTRIES, { token: world.carol.token, headers: NDJSON });
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  it('shows one entry with its place, 202 until a checkpoint covers it, and records that', async () => {
    const fresh = (await get(`${ENTRIES}?code=none`)).headers.get('audit-event-id')!;
    const early = await get<{ index: number | null }>(`${ENTRIES}/${fresh}`);
    assert.ok(early.status === 200 || (early.status === 202 && early.body.index === null && early.headers.get('retry-after') === '1'));
    const shown = await eventually(() => get<Listed['items'][number]>(`${ENTRIES}/${fresh}`), ({ status }) => status === 200);
    assert.deepEqual([shown.body.id, shown.body.entry!.metadata.uid, shown.body.entry!.metadata.sequence], [fresh, fresh, shown.body.index]);
    assert.ok(shown.headers.get('audit-event-id'));
    await search(world.carol, `?code=audit.entry.read&target=entry:${fresh}`, (found) => found.items.length > 0);
    assert.equal((await get(`${ENTRIES}/0198c0de-0000-7000-8000-00000000dead`)).status, 404);
    assert.equal((await get(`${ENTRIES}/nonsense`)).status, 422);
  });

  it('shows what is personal to who may see it, and says so in the record', async () => {
    const [login] = (await get(`${ENTRIES}?code=auth.login&actor=${world.alice.id}`)).body.items;
    const shown = await get<{ personal: { state: string; subject: string; ipAddress: string; userAgent: string }[] }>(`${ENTRIES}/${login!.id}?personal=true`, world.owner);
    assert.equal(shown.status, 200, shown.text);
    assert.deepEqual(shown.body.personal.map(({ state, subject, ipAddress }) => [state, subject, ipAddress]), [['shown', world.alice.id, '127.0.0.1']]);
    const record = await search(world.carol, `?code=audit.entry.read&target=entry:${login!.id}`, (found) => found.items.length > 0);
    assert.equal(record.items[0]!.entry!.unmapped!['personalShown'], true);
    assert.equal('personal' in (await get<object>(`${ENTRIES}/${login!.id}`, world.owner)).body, false);
    const sid = await createPerson(server, world.owner.token, 'sid');
    await bind(server, world.owner.token, sid.id, 'security-admin', 'global');
    assert.equal((await get(`${ENTRIES}/${login!.id}`, sid)).status, 200);
    assert.equal((await get(`${ENTRIES}/${login!.id}?personal=true`, sid)).status, 403);
    assert.equal((await get(`${ENTRIES}/${login!.id}?personal=yes`, world.owner)).status, 422);
  });

  it('lets a client of such logs read all of it and arrive at the signed root', async () => {
    const note = await get('/v1/audit/log/checkpoint', null);
    assert.equal(note.headers.get('content-type'), 'text/plain; charset=utf-8');
    const { size, root } = parseCheckpoint(parseNote(Buffer.from(note.text)).text);
    const hashes: Buffer[] = [];
    for (let index = 0; index * 256 < size; index += 1) {
      const width = Math.min(256, size - index * 256);
      const fetched = async (kind: 'hashes' | 'entries'): Promise<{ response: Response; bytes: Buffer }> => {
        const path = formatTilePath(kind === 'hashes' ? { kind, level: 0, index, width } : { kind, index, width });
        const response = await fetch(`${server.url}/v1/audit/log/${path}`, { headers: { 'accept-encoding': 'identity', ...(kind === 'entries' ? { authorization: `Bearer ${world.carol.token}` } : {}) } });
        assert.equal(response.status, 200, path);
        assert.equal(response.headers.get('content-type'), 'application/octet-stream');
        return { response, bytes: Buffer.from(await response.arrayBuffer()) };
      };
      const [tile, bundle] = [await fetched('hashes'), await fetched('entries')];
      assert.equal(bundle.response.headers.get('cache-control'), 'private, max-age=31536000, immutable');
      assert.match(bundle.response.headers.get('audit-event-id')!, /^[0-9a-f-]{36}$/);
      const entries = parseEntryBundle(bundle.bytes);
      assert.deepEqual(entries.map(leafHash), Array.from({ length: width }, (_, at) => tile.bytes.subarray(32 * at, 32 * at + 32)));
      hashes.push(...entries.map(leafHash));
    }
    assert.deepEqual(rootOfLeaves(hashes), root);
  });

  it('serves bundles by their exact path, as narrow as asked for and no wider than published, packed where that is understood', async () => {
    const { size } = parseCheckpoint(parseNote(Buffer.from((await get('/v1/audit/log/checkpoint', null)).text)).text);
    const bundle = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${server.url}/v1/audit/log/tile/entries/${path}`, { headers: { authorization: `Bearer ${world.carol.token}`, ...headers } });
    const [three, two] = [Buffer.from(await (await bundle('000.p/3')).arrayBuffer()), Buffer.from(await (await bundle('000.p/2')).arrayBuffer())];
    assert.deepEqual(three.subarray(0, two.length), two);
    const refused = ['000.p/0', '000.p/02', '000.p/256', '0.p/2', 'x000/000.p/2', '000.p%2f2', '999', `${String(Math.floor(size / 256) + 1).padStart(3, '0')}.p/1`, '', '000.p/2/', '../0/000.p/2x'];
    for (const path of refused) assert.equal((await bundle(path)).status, 404, path);
    const packed = await new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
      httpGet(`${server.url}/v1/audit/log/tile/entries/000.p/3`, { headers: { authorization: `Bearer ${world.carol.token}`, 'accept-encoding': 'br, gzip;q=0.5' } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) }));
      }).on('error', reject);
    });
    assert.equal(packed.encoding, 'gzip');
    assert.deepEqual(gunzipSync(packed.bytes), three);
    await search(world.carol, '?code=audit.bundle.read&target=entry-bundle:tile/entries/000.p/3', (found) => found.items.length > 0);
  });

  it('has its search table made again beside the running server', async () => {
    const before = (await get(`${ENTRIES}?code=auth.*&limit=100`)).body.items;
    await insider.query("UPDATE audit.search SET kind = 0, actor = 0 WHERE index % 2 = 0");
    const { stdout, stderr, code } = await new Promise<{ stdout: string; stderr: string; code: number }>((resolve) => {
      execFile(process.execPath, [join('dist/src/app/commands/rebuild-search.js')], { env: { ...compiled(), ...home.environment } }, (error, stdout, stderr) => resolve({ stdout, stderr, code: error === null ? 0 : Number(error.code) }));
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^(\d+) of \1 leaves \(100 %\)\nThe search table is made of the entries again\.\n$/);
    assert.deepEqual((await get(`${ENTRIES}?code=auth.*&limit=100`)).body.items.slice(-before.length), before);
    assert.equal((await get(`${ENTRIES}?code=auth.*`)).status, 200, 'the server goes on');
  });
});
