import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, describe, it } from 'node:test';
import { type Answer, authorizationAt, call, eventually, loginOwner } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { bind, createPerson, createProject, type Person } from '../harness/world.js';
import { type Names, OBJECT_ROUTES, PUSHED_INDEX, type Way } from './object-routes.js';
import { BELL } from './programs.js';

type Tried = Extract<Way, { readonly path: unknown }>;

const ABSENT = '0198c0de-0000-7000-8000-00000000dead';
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Names of what does not exist, in the form that what exists has. */
const NOTHING: Names = { project: ABSENT, slug: 'nowhere', simulation: ABSENT, binding: ABSENT, approval: ABSENT, webhook: ABSENT, repository: ABSENT, entry: ABSENT, blob: digestOf('nothing'), upload: ABSENT, manifest: digestOf('no manifest'), user: ABSENT, account: ABSENT, alert: ABSENT, role: ABSENT, apiKey: ABSENT, other: ABSENT };

/** What a member of a body or a query is called that names an object. */
const REFERENCE = /^(?:project|scope|subject|actor|target|entry|key|parents|roles?|role_id|username|.*Id)$/;

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Operations that name an object: in the path, in the query, in the body, or by the namespace that all of transit takes. */
function namingOperations(): string[] {
  const { paths, components } = JSON.parse(readFileSync('test/golden/openapi.json', 'utf8')) as Document;
  const membersOf = (operation: Operation): string[] =>
    Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys((schema.$ref === undefined ? schema : components.schemas[schema.$ref.split('/').pop()!])?.properties ?? {}));
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const queried = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      const names = path.includes('{') || path.startsWith('/v1/transit') || [...queried, ...membersOf(operation)].some((name) => REFERENCE.test(name));
      return names ? [`${method.toUpperCase()} ${path}`] : [];
    }),
  );
}

const rows = Object.entries(OBJECT_ROUTES).flatMap(([route, ways]) => ways.map((way) => ({ route, way })));
const tried = rows.filter((row): row is { route: string; way: Tried } => 'path' in row.way);
const hidden = tried.filter(({ way }) => way.is === 'hidden');
/** Of the exchange, and not of what was asked for. The entry of a refusal is told with the first of its kind in a minute. */
const UNEQUAL: ReadonlySet<string> = new Set(['x-request-id', 'date', 'ratelimit', 'audit-event-id']);
const STATUS = { hidden: 404, borrowed: 404, filter: 200, strong: 401, whole: 403 } as const;
/** The ledger tells 32 matters of one principal in a minute apart, and the others together. */
const ROUTES_EACH = 30;

describe('an object of another project', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'object-access-'));
  const trace = join(scratch, 'statements');
  after(() => rmSync(scratch, { recursive: true, force: true }));
  let owner: string;
  let red: Names;
  /** All have every permission in blue, and none elsewhere. Those ask for what is red’s and hidden; he for what does not exist. */
  let mallories: Person[];
  let trent: Person;

  const server = withServer(
    async () => {
      owner = await loginOwner(server);
      const project = await createProject(server, owner, 'red');
      const blue = await createProject(server, owner, 'blue');
      const role = (await made('POST', '/v1/roles', { name: 'everything', rules: [{ effect: 'allow', resource: '*', verbs: ['*'] }] }))['id']!;
      trent = await createPerson(server, owner, 'trent');
      mallories = await Promise.all(Array.from({ length: Math.ceil(hidden.length / ROUTES_EACH) }, (_, n) => createPerson(server, owner, `mallory-${n}`)));
      for (const { id } of [...mallories, trent]) await bind(server, owner, id, role, `project:${blue}`);
      red = await victims(project, role);
      // What is read once and remembered: their policies, and where blue is.
      for (const { token } of [...mallories, trent]) assert.equal((await call(server, 'GET', '/v1/transit/keys/none', { token, headers: { 'x-vault-namespace': 'blue' } })).status, 404);
    },
    { NODE_OPTIONS: `--import=${pathToFileURL('dist/test/harness/statement-trace.js').href}`, STATEMENT_TRACE_FILE: trace },
  );

  async function asked(method: string, path: string, json?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Record<string, string>>> {
    const answer = await call<Record<string, string>>(server, method, path, { headers: { ...(await authorizationAt(server, path, owner)), ...headers }, ...(json === undefined ? {} : { json }) });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }
  const made = async (method: string, path: string, json?: unknown): Promise<Record<string, string>> => (await asked(method, path, json)).body;

  /** One of each kind, as the owner makes it in red. */
  async function victims(project: string, role: string): Promise<Names> {
    const inRed = { 'x-vault-namespace': 'red' };
    const submitted = await asked('POST', '/v1/simulations', { program: { language: 'openqasm2', source: BELL }, shots: 1, project });
    const account = (await made('POST', '/v1/service-accounts', { name: 'nightly' }))['id']!;
    const binding = await bind(server, owner, account, 'viewer', `project:${project}`);
    // Which somebody is told of.
    await bind(server, owner, account, 'security-admin', 'global');
    await asked('POST', '/v1/transit/keys/orders', {}, inRed);
    await asked('POST', '/v1/transit/keys/marks', { type: 'hmac', key_size: 32 }, inRed);
    await asked('POST', '/v1/transit/keys/orders/config', { deletion_allowed: true }, inRed);
    const waiting = await call(server, 'DELETE', '/v1/transit/keys/orders', { token: owner, headers: inRed });
    const webhook = (await made('POST', '/v1/webhooks', { url: 'https://hooks.example.com/x', events: ['*'], project }))['id']!;
    const uploads = await asked('POST', '/v2/red/app/blobs/uploads/');
    const blob = digestOf('layer');
    const pushed = await call(server, 'PUT', `${uploads.headers.get('location')!}?digest=${blob}`, { headers: await authorizationAt(server, '/v2/', owner), raw: 'layer' });
    assert.equal(pushed.status, 201, pushed.text);
    const repository = (await call<{ items: { id: string }[] }>(server, 'GET', '/v1/registry/repositories', { token: owner })).body.items[0]!.id;
    const upload = (await asked('POST', '/v2/red/app/blobs/uploads/')).headers.get('docker-upload-uuid')!;
    const index = await call(server, 'PUT', '/v2/red/app/manifests/v1', { raw: PUSHED_INDEX.raw, headers: { ...PUSHED_INDEX.headers, ...(await authorizationAt(server, '/v2/', owner)) } });
    assert.equal(index.status, 201, index.text);
    const alerts = await eventually(() => call<{ items: { id: string }[] }>(server, 'GET', '/v1/alerts', { token: owner }), ({ body }) => body.items.length > 0);
    const alert = alerts.body.items[0]!.id;
    return {
      project,
      slug: 'red',
      simulation: submitted.body['id']!,
      binding,
      approval: waiting.headers.get('approval-id') ?? assert.fail(waiting.text),
      webhook,
      repository,
      apiKey: (await made('POST', '/v1/api-keys', { scope: 'read:data', project }))['id']!,
      entry: submitted.headers.get('audit-event-id')!,
      blob,
      upload,
      manifest: index.headers.get('docker-content-digest')!,
      user: account,
      account,
      alert,
      role,
      other: project,
    };
  }

  const ask = async (who: Person, method: string, { path, ask: more }: Tried, names: Names): Promise<Answer> => {
    const { headers, ...asked } = more?.(names) ?? {};
    return call(server, method, path(names), { ...asked, headers: { ...(await authorizationAt(server, path(names), who.token)), ...headers } });
  };

  /** What of an answer could tell one object from another, if it were different. */
  function told({ status, headers, text }: Answer, names: Names): unknown {
    const values = Object.fromEntries([...headers].filter(([name]) => !UNEQUAL.has(name)));
    // An empty page of the ledger says how long the ledger is.
    let body = text.replaceAll(/"(requestId|request_id|instance)":"[^"]*"/g, '"$1":""').replace(/^(\{"items":\[\],"size":)\d+/, '$1…');
    for (const [kind, name] of Object.entries(names)) if (kind !== 'slug') body = body.replaceAll(name, '…');
    return { status, values, body };
  }

  /** The statements that a request sent to the database before it was answered; those about the ledger are the record of its refusal. */
  function statementsOf({ headers }: Answer): string[] {
    if (!existsSync(trace)) return [];
    const lines = readFileSync(trace, 'utf8').split('\n').filter((line) => line !== '');
    const all = lines.map((line) => JSON.parse(line) as { readonly requestId: string; readonly text: string });
    return all.filter(({ requestId, text }) => requestId === headers.get('x-request-id') && !/\baudit\.|^BEGIN|^COMMIT|^ROLLBACK/.test(text)).map(({ text }) => text.slice(0, 160));
  }

  it('is named by routes that this table knows, every one', () => {
    const [named, known] = [new Set(namingOperations()), new Set(Object.keys(OBJECT_ROUTES))];
    assert.deepEqual([[...named].filter((route) => !known.has(route)), [...known].filter((route) => !named.has(route))], [[], []]);
  });

  it('is answered as what does not exist, byte for byte and with the same statements, on every route', async () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const row of tried) {
      const { route, way } = row;
      const [method] = route.split(' ') as [string];
      const thief = way.is === 'hidden' ? mallories[Math.floor(hidden.indexOf(row) / ROUTES_EACH)]! : trent;
      const [absent, foreign] = [await ask(trent, method, way, NOTHING), await ask(thief, method, way, red)];
      try {
        assert.deepEqual(told(foreign, red), told(absent, NOTHING));
        assert.equal(foreign.status, STATUS[way.is], foreign.text);
        if (way.is === 'hidden') assert.equal(foreign.headers.get('audit-event-id'), null);
        const [theirs, none] = [statementsOf(foreign), statementsOf(absent)];
        assert.deepEqual(theirs, none);
        compared += theirs.length;
      } catch (error) {
        wrong.push(`${route} (${way.is}): ${(error as Error).message.slice(0, 1_500)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(compared > 50, `${compared} statements were compared`);
  });

  it('is recorded as refused, on every route that hides it', async () => {
    const told = new Set<string>();
    const missing = (): string[] => hidden.map(({ route }) => patternOf(route)).filter((route) => !told.has(route));
    const search = async (): Promise<Answer> => {
      let answer!: Answer;
      for (const { id } of mallories) {
        answer = await call(server, 'GET', `/v1/audit/entries?code=access.denied&actor=${id}`, { token: owner, headers: { accept: 'application/x-ndjson' } });
        for (const line of answer.text.split('\n').filter((each) => each !== '')) told.add((JSON.parse(line) as { readonly unmapped: { readonly route: string } }).unmapped.route);
      }
      return answer;
    };
    await eventually(search, () => missing().length === 0).catch(() => assert.deepEqual(missing(), []));
  });

  it('is still there, as it was', async () => {
    for (const path of [`/v1/simulations/${red.simulation}`, `/v1/projects/${red.project}`, `/v1/role-bindings/${red.binding}`, `/v1/webhooks/${red.webhook}`, `/v1/approvals/${red.approval}`, `/v1/service-accounts/${red.account}`, `/v2/red/app/blobs/${red.blob}`, `/v2/red/app/blobs/uploads/${red.upload}`, `/v2/red/app/manifests/${red.manifest}`]) await asked('GET', path);
    await asked('GET', '/v1/transit/keys/orders', undefined, { 'x-vault-namespace': 'red' });
  });
});

/** As the router has it. */
function patternOf(route: string): string {
  const [method, path] = route.split(' ') as [string, string];
  return path.startsWith('/v2/') ? `${method} /v2/*` : `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
}
