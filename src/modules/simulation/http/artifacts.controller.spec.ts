import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { type Answer, call, type CallOptions, eventually, login, loginOwner } from '../../../../test/harness/api.js';
import { descriptorOf, digestOf, IMAGE, INDEX, RegistryClient, type SentDescriptor } from '../../../../test/harness/registry-client.js';
import { BELL, longRun } from '../../../../test/harness/simulation.js';
import { withServer } from '../../../../test/harness/with-server.js';
import { bind, createPerson, createProject, type Person } from '../../../../test/harness/world.js';

const CIRCUIT = 'application/vnd.quantonium.circuit.v1';
const SIMULATION = 'application/vnd.quantonium.simulation.v1';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const QASM2 = 'text/x-openqasm2';
const ROTATION = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput angle theta;\nqubit q;\nbit c;\nrx(theta) q;\nc = measure q;\n';
const ABSENT = digestOf('nothing');

interface Simulation {
  readonly id: string;
  readonly status: string;
  readonly programDigest: string;
  readonly programReferences: readonly string[];
  readonly result: { readonly counts: Readonly<Record<string, number>>; readonly programDigest: string };
}

interface Pushed {
  readonly digest: string;
  readonly tag: string | null;
  readonly subject: { readonly digest: string };
  readonly files: readonly { readonly title: string; readonly mediaType: string; readonly digest: string; readonly sizeBytes: number }[];
}

interface Problem {
  readonly type: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

/** What is wrong, and where the request has it. */
const refusalOf = ({ status, body }: Answer<unknown>): unknown[] => {
  const { type, errors } = body as Problem;
  return [status, type.replace('urn:quantonium:problem:', ''), ...(errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)];
};

describe('simulations and the registry over HTTP', () => {
  let owner: string;
  let client: RegistryClient;
  /** May push in red, run and read; only run and read there; all of it in blue alone. */
  let ann: Person, vic: Person, bob: Person;
  const server = withServer(async () => {
    owner = await loginOwner(server);
    client = await RegistryClient.of(server);
    const [red, blue] = [await createProject(server, owner, 'red'), await createProject(server, owner, 'blue')];
    [ann, vic, bob] = [await createPerson(server, owner, 'ann'), await createPerson(server, owner, 'vic'), await createPerson(server, owner, 'bob')];
    for (const [who, project, roles] of [[ann, red, ['researcher', 'operator']], [vic, red, ['researcher']], [bob, blue, ['researcher', 'operator']]] as const) {
      for (const role of roles) await bind(server, owner, who.id, role, `project:${project}`);
    }
  });

  const submit = (program: object, over: object = {}, token = owner, headers: CallOptions['headers'] = { prefer: 'wait=30' }) =>
    call<Simulation>(server, 'POST', '/v1/simulations', { token, headers, json: { program, shots: 50, seed: 3, ...over } });
  const estimate = (program: object, token = owner) => call(server, 'POST', '/v1/simulations/estimate', { token, json: { program, shots: 50 } });
  /** Asked again while there is no receipt, for a second or so. */
  async function push(id: string, json: object, token = owner): Promise<Answer<Pushed>> {
    return eventually(() => call<Pushed>(server, 'POST', `/v1/simulations/${id}/artifacts`, { token, json }), (answer) => {
      if (answer.status !== 409 || refusalOf(answer)[1] !== 'receipt-not-ready') return true;
      assert.equal(answer.headers.get('retry-after'), '1');
      return false;
    });
  }
  const get = (path: string, token = owner) => call(server, 'GET', `/v1/simulations/${path}`, { token });
  async function done(program: object, over: object = {}, token = owner): Promise<Simulation> {
    const answer = await submit(program, over, token);
    assert.deepEqual([answer.status, answer.body.status], [200, 'succeeded'], answer.text);
    return answer.body;
  }
  async function pushed(id: string, json: object, token = owner): Promise<Pushed> {
    const answer = await push(id, json, token);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }
  const entriesOf = async (query: string, count = 1): Promise<{ facts: Record<string, unknown> }[]> => {
    const answer = await eventually(() => call<{ items: { entry: { unmapped: Record<string, unknown> } | null }[] }>(server, 'GET', `/v1/audit/entries?${query}`, { token: owner }), ({ body }) => body.items.length >= count && body.items.every(({ entry }) => entry !== null));
    return answer.body.items.map(({ entry }) => ({ facts: entry!.unmapped }));
  };

  /** As `oras push` does it: an empty config, and a layer for each file. */
  async function artifact(name: string, layers: readonly [type: string, bytes: Buffer | string][], { artifactType = CIRCUIT, mediaType = IMAGE, ...over }: { artifactType?: string | null; mediaType?: string } & Record<string, unknown> = {}): Promise<string> {
    for (const bytes of ['{}', ...layers.map(([, bytes]) => bytes)]) assert.equal((await client.pushBlob(name, Buffer.from(bytes))).status, 201);
    const document = { schemaVersion: 2, mediaType, ...(artifactType === null ? {} : { artifactType }), config: descriptorOf(EMPTY, '{}'), layers: layers.map(([type, bytes]): SentDescriptor => descriptorOf(type, bytes)), ...over };
    const digest = digestOf(JSON.stringify(document));
    const answer = await client.putManifest(name, digest, document, mediaType);
    assert.equal(answer.status, 201, answer.text);
    return `${name}@${digest}`;
  }
  async function govern(project: string, over: object): Promise<void> {
    const path = `/v1/registry/projects/${project}/policy`;
    const { headers, body } = await call(server, 'GET', path, { token: owner });
    const { version: _, ...standing } = body;
    const set = await call(server, 'PUT', path, { token: owner, headers: { 'if-match': headers.get('etag')! }, json: { ...standing, ...over } });
    assert.equal(set.status, 200, set.text);
  }
  const digestIn = (reference: string): string => reference.slice(reference.indexOf('@') + 1);
  const referrers = async (name: string, digest: string): Promise<readonly { digest: string; annotations: Record<string, string> }[]> => {
    const answer = await client.send('GET', `/v2/${name}/referrers/${digest}?artifactType=${SIMULATION}`);
    return (JSON.parse(answer.text) as { manifests: { digest: string; annotations: Record<string, string> }[] }).manifests;
  };

  it('runs a circuit of the registry, pushes what was found about it, and whoever pulls that has the proof', async () => {
    const reference = await artifact('red/bell', [[QASM2, BELL]]);
    const order = { program: { reference: reference.replace('@', ':v1@'), language: 'openqasm2' }, shots: 50, seed: 3, project: 'red' };
    const simulation = await done(order.program, order, ann.token);
    assert.deepEqual([simulation.programReferences, simulation.result.programDigest], [[reference], digestOf(BELL)]);
    const [pull] = await entriesOf(`code=registry.manifest.pull&actor=${ann.id}`);
    assert.equal(pull!.facts['digest'], digestIn(reference));

    const answer = await push(simulation.id, { repository: 'red/bell', tag: 'run' }, ann.token);
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get('location'), `/v2/red/bell/manifests/${answer.body.digest}`);
    assert.deepEqual([answer.body.tag, answer.body.subject.digest], ['run', digestIn(reference)]);
    const [told] = await referrers('red/bell', digestIn(reference));
    assert.deepEqual([told!.digest, told!.annotations['vnd.quantonium.simulation.id'], told!.annotations['vnd.quantonium.simulation.program-digest']], [answer.body.digest, simulation.id, digestOf(BELL)]);

    const manifest = await client.bytes('/v2/red/bell/manifests/run');
    assert.equal(digestOf(manifest.bytes), answer.body.digest);
    const { layers, subject } = JSON.parse(manifest.bytes.toString()) as { layers: { digest: string; annotations: Record<string, string> }[]; subject: SentDescriptor };
    assert.equal(subject.digest, digestIn(reference));
    const files = new Map<string, Buffer>();
    for (const { digest, annotations } of layers) files.set(annotations['org.opencontainers.image.title']!, (await client.bytes(`/v2/red/bell/blobs/${digest}`)).bytes);
    assert.deepEqual([...files.keys()], ['result.json', 'receipt.txt', 'circuit.svg']);
    assert.deepEqual(JSON.parse(files.get('result.json')!.toString()), simulation.result);
    assert.match(files.get('circuit.svg')!.toString(), /^<svg .*<\/svg>\n$/s);
    const vkeys = (await call(server, 'GET', '/v1/audit/log/vkeys')).text;
    const judge = (body: object) => verifyReceipt({ receipt: files.get('receipt.txt')!, vkeys, result: files.get('result.json')!, order: Buffer.from(JSON.stringify(body)) });
    const verdict = judge(order);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.ok(verdict.statements.some((statement) => statement.includes('artifactDigests') && statement.includes(digestIn(reference))), verdict.statements.join('\n'));
    assert.ok(judge({ ...order, program: { reference } }).ok, 'the language was left to the artifact');
    for (const other of [{ reference: `red/bell@${ABSENT}` }, { reference, language: 'openqasm3' }, { language: 'openqasm2', source: BELL }]) {
      assert.equal((judge({ ...order, program: other }) as { reason?: string }).reason, 'order-of-another-simulation', JSON.stringify(other));
    }
  });

  it('pushes the same artifact each time, though the log has grown', async () => {
    const simulation = await done({ language: 'openqasm2', source: BELL });
    const first = await pushed(simulation.id, { repository: 'default/again' });
    const before = (await get(`${simulation.id}/receipt`)).text;
    await eventually(() => get(`${simulation.id}/receipt`), ({ text }) => text !== before);
    assert.deepEqual(await pushed(simulation.id, { repository: 'default/again' }), first);
    assert.equal((await pushed(simulation.id, { repository: 'default/elsewhere' })).digest, first.digest);
    assert.deepEqual((await referrers('default/again', first.subject.digest)).map(({ digest }) => digest), [first.digest]);
    const entries = await entriesOf(`code=simulation.artifact.push&target=simulation:${simulation.id}`, 3);
    assert.deepEqual(entries.map(({ facts }) => [facts['digest'], facts['subject']]), Array(3).fill([first.digest, first.subject.digest]));
  });

  it('is pushed once by whoever pushes it at the same time', async () => {
    const { id } = await done({ language: 'openqasm2', source: BELL }, { seed: 5 });
    await eventually(() => get(`${id}/receipt`), ({ status }) => status === 200);
    const all = await Promise.all(['one', 'one', 'two', 'three'].map((name) => pushed(id, { repository: `default/at-once/${name}`, tag: 'run' })));
    assert.equal(new Set(all.map(({ digest }) => digest)).size, 1);
  });

  it('makes an artifact of a program that was sent as text, which is run by its digest from then on', async () => {
    const [one, two] = [await done({ language: 'openqasm2', source: BELL }), await done({ language: 'openqasm2', source: BELL }, { seed: 4 })];
    const [first, second] = [await pushed(one.id, { repository: 'default/text' }), await pushed(two.id, { repository: 'default/text' })];
    assert.equal(first.subject.digest, second.subject.digest, 'all simulations of a program are about one artifact');
    assert.equal((await referrers('default/text', first.subject.digest)).length, 2);
    const again = await done({ reference: `default/text@${first.subject.digest}` });
    assert.deepEqual([again.programDigest, again.result.counts], [one.programDigest, one.result.counts]);
  });

  it('takes what a client writes that was told no type but that of the layer', async () => {
    const untold = await artifact('default/oras', [['text/x-openqasm3', ROTATION]], { artifactType: 'application/vnd.unknown.artifact.v1' });
    const older = await artifact('default/oras', [[QASM2, `${BELL}// é\n`]], { artifactType: null, config: descriptorOf('application/vnd.unknown.config.v1+json', '{}') });
    assert.deepEqual((await done({ reference: untold }, { parameters: { theta: Math.PI } })).result.counts, { 1: 50 });
    assert.equal((await done({ reference: older })).programDigest, digestOf(`${BELL}// é\n`), 'to the last byte');
    assert.equal((await done({ reference: await artifact('default/oras', [[QASM2, `\ufeff${BELL}`]]) })).programDigest, digestOf(`\ufeff${BELL}`), 'and from the first');
  });

  it('takes references in a batch, in a sweep and in an estimate', async () => {
    const [bell, rotation] = [await artifact('default/many', [[QASM2, BELL]]), await artifact('default/many', [['text/x-openqasm3', ROTATION]])];
    const batch = await submit({}, { program: undefined, programs: [{ reference: bell }, { reference: rotation, parameters: { theta: 0 } }, { language: 'openqasm2', source: BELL, name: 'text' }, { reference: bell }] });
    assert.equal(batch.status, 200, batch.text);
    assert.deepEqual(batch.body.programReferences, [bell, rotation]);
    assert.deepEqual(refusalOf(await push(batch.body.id, { repository: 'default/many' })), [409, 'several-circuits']);
    const sweep = await done({ reference: rotation }, { sweep: [{ theta: 0 }, { theta: Math.PI }] });
    assert.deepEqual([sweep.programReferences, (await pushed(sweep.id, { repository: 'default/many' })).subject.digest], [[rotation], digestIn(rotation)]);
    assert.equal((await estimate({ reference: bell })).status, 200);
    const wrong = await submit({}, { program: undefined, programs: [{ reference: bell }, { reference: `default/many@${ABSENT}` }] });
    assert.deepEqual(refusalOf(wrong), [404, 'manifest-unknown', '/programs/1/reference manifest-unknown']);
  });

  it('copies the circuit to where the simulation is pushed, and says so when it is gone', async () => {
    const reference = await artifact('default/from', [[QASM2, BELL]]);
    const simulation = await done({ reference });
    const { subject } = await pushed(simulation.id, { repository: 'blue/to' });
    const copy = await client.bytes(`/v2/blue/to/manifests/${subject.digest}`);
    assert.deepEqual([copy.status, digestOf(copy.bytes)], [200, digestIn(reference)]);
    assert.equal((await client.bytes(`/v2/blue/to/blobs/${digestOf(BELL)}`)).bytes.toString(), BELL);
    assert.equal((await client.send('DELETE', `/v2/default/from/manifests/${subject.digest}`)).status, 202);
    await pushed(simulation.id, { repository: 'blue/to' });
    for (const repository of ['default/from', 'default/third']) assert.deepEqual(refusalOf(await push(simulation.id, { repository })), [404, 'manifest-unknown'], repository);
  });

  it('refuses references that could mean something else tomorrow, or mean nothing', async () => {
    const reference = await artifact('default/names', [[QASM2, BELL]]);
    const [name, digest] = reference.split('@') as [string, string];
    const malformed: readonly (readonly [program: object, code: string])[] = [
      ...[name, `${name}:latest`, digest].map((text) => [{ reference: text }, 'digest-missing'] as const),
      ...[`localhost:3000/${name}@${digest}`, `../${name}@${digest}`, `default/../names@${digest}`, `default//names@${digest}`, `Default/names@${digest}`, `${name}@${digest.toUpperCase()}`, `${name}@sha256:00`, `${name}@md5:${'0'.repeat(32)}`,
        `${name}:@${digest}`, `${name}@${digest}@${digest}`, `${name}@${digest}\n`, `%2e%2e/names@${digest}`, `@${digest}`, `${name}@`, 'https://example.com/x'].map((text) => [{ reference: text }, 'malformed'] as const),
    ];
    for (const [program, code] of malformed) assert.deepEqual(refusalOf(await submit(program)), [422, 'invalid-simulation', `/program/reference ${code}`], JSON.stringify(program));
    assert.deepEqual(refusalOf(await submit({ reference, language: 'openqasm2', source: BELL })), [422, 'invalid-simulation', '/program not-together']);
    assert.deepEqual(refusalOf(await submit({ reference, language: 'openqasm3' })), [422, 'invalid-simulation', '/program/language contradiction']);
    assert.deepEqual(refusalOf(await submit({ reference: `${name}@${ABSENT}` })), [404, 'manifest-unknown', '/program/reference manifest-unknown']);
    for (const program of [{}, { language: 'openqasm2' }, { reference: 1 }, { reference: null }, { reference: '' }, { reference: 'x'.repeat(521) }, { reference, tag: 'v1' }, { reference: [reference] }]) {
      const refused = await submit(program);
      assert.ok([400, 422].includes(refused.status), `${JSON.stringify(program)}: ${refused.text}`);
    }
  });

  it('refuses artifacts that are no circuits, and reads no more of them than a program may have', async () => {
    const name = 'default/strange';
    const [bell] = [[QASM2, BELL] as [string, string]];
    const none = [422, 'invalid-program', '/program/reference no-circuit'];
    const index = { schemaVersion: 2, mediaType: INDEX, artifactType: CIRCUIT, manifests: [] };
    assert.equal((await client.putManifest(name, 'index', index, INDEX)).status, 201);
    const cases: readonly (readonly [what: string, reference: string, refusal: unknown[]])[] = [
      ['an index', `${name}@${digestOf(JSON.stringify(index))}`, none],
      ['no layer', await artifact(name, []), none],
      ['two layers', await artifact(name, [bell, [QASM2, `${BELL}\n`]]), none],
      ['another artifact', await artifact(name, [bell], { artifactType: 'application/spdx+json' }), none],
      ['an image', await artifact(name, [bell], { artifactType: null, config: descriptorOf('application/vnd.oci.image.config.v1+json', '{}') }), none],
      ['a manifest of Docker', await artifact(name, [bell], { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' }), none],
      ['another language', await artifact(name, [['text/x-python', BELL]]), none],
      ['a large manifest', await artifact(name, [bell], { annotations: { note: 'x'.repeat(64 * 1024) } }), none],
      ['an empty program', await artifact(name, [[QASM2, '']]), none],
      ['bytes that are no text', await artifact(name, [[QASM2, Buffer.concat([Buffer.from(BELL), Buffer.from([0xff, 0xfe])])]]), [422, 'invalid-program', '/program/reference encoding']],
      ['a character that no column takes', await artifact(name, [[QASM2, `${BELL}//\u0000\n`]]), [422, 'invalid-program', '/program/reference nul-character']],
      ['a large program', await artifact(name, [[QASM2, `${BELL}//${'x'.repeat(1024 * 1024)}`]]), [413, 'program-too-large', '/program/reference program-too-large']],
    ];
    for (const [what, reference, refusal] of cases) {
      assert.deepEqual(refusalOf(await submit({ reference })), refusal, what);
      assert.deepEqual(refusalOf(await estimate({ reference })), refusal, what);
    }
    const wrong = await submit({ reference: await artifact(name, [[QASM2, BELL.replace('h q[0]', 'hadamard q[0]')]]) });
    assert.equal(wrong.status, 422, wrong.text);
    assert.deepEqual([...refusalOf(wrong), (wrong.body as unknown as { errors: [{ line: number }] }).errors[0].line], [422, 'invalid-program', '/program/reference unknown-gate', 5]);
  });

  it('asks for the rights of a pull, a push and a reader, and tells nobody of what is not theirs', async () => {
    const reference = await artifact('red/secret', [[QASM2, BELL]]);
    const here = { project: 'blue' };
    const [foreign, nowhere] = [await submit({ reference }, here, bob.token), await submit({ reference: reference.replace('red/', 'none/') }, here, bob.token)];
    assert.deepEqual(refusalOf(foreign), [404, 'manifest-unknown', '/program/reference manifest-unknown']);
    const told = ({ text }: Answer<unknown>): string => text.replaceAll(/"(?:requestId|instance)":"[^"]*"/g, '');
    assert.equal(told(foreign), told(nowhere));
    const simulation = await done({ reference }, { project: 'red' }, vic.token);
    assert.deepEqual(refusalOf(await push(simulation.id, { repository: 'blue/mine' }, bob.token)), [404, 'not-found'], "somebody else's simulation");
    assert.equal((await push(simulation.id, { repository: 'red/secret' }, vic.token)).status, 403, 'who runs may not push');
    const own = await done({ language: 'openqasm2', source: BELL }, here, bob.token);
    const [theirs, nobodys] = [await push(own.id, { repository: 'red/secret' }, bob.token), await push(own.id, { repository: 'none/secret' }, bob.token)];
    assert.deepEqual(refusalOf(theirs), [404, 'name-unknown'], "somebody else's repository");
    assert.equal(told(theirs), told(nobodys));
    const narrow = await login(server, 'vic', vic.password, 'read:data run:simulation');
    assert.equal((await submit({ reference }, { project: 'red' }, narrow)).status, 403, 'a token that is not for the registry');
    assert.equal((await submit({ language: 'openqasm2', source: BELL }, { project: 'red' }, narrow)).status, 200);
    assert.deepEqual((await referrers('red/secret', digestIn(reference))), []);
  });

  it('runs nothing that is revoked, nor pushes what was found about it', async () => {
    const reference = await artifact('default/withdrawn', [[QASM2, `${BELL}// wrong\n`]]);
    const simulation = await done({ reference });
    const { items } = (await call<{ items: { id: string; name: string }[] }>(server, 'GET', '/v1/registry/repositories?limit=100', { token: owner })).body;
    const { id } = items.find(({ name }) => name === 'default/withdrawn')!;
    const revoked = await call(server, 'POST', `/v1/registry/repositories/${id}/manifests/${digestIn(reference)}/revoke`, { token: owner, headers: { 'if-match': '"1"' }, json: { reason: 'the angle is wrong' } });
    assert.equal(revoked.status, 200, revoked.text);
    const refused = await submit({ reference });
    assert.deepEqual(refusalOf(refused), [403, 'denied', '/program/reference denied']);
    assert.match((refused.body as unknown as Problem).detail!, /revoked: the angle is wrong/);
    for (const repository of ['default/withdrawn', 'default/laundered']) assert.deepEqual(refusalOf(await push(simulation.id, { repository })), [403, 'denied'], repository);
  });

  it('runs what nobody has released where the project only warns, and by who may pull it where it does not', async () => {
    const project = await createProject(server, owner, 'strict');
    await bind(server, owner, vic.id, 'researcher', `project:${project}`);
    await govern(project, { mode: 'enforce', demands: { signature: true, signatureNamesRepository: false, sbom: false, scanSeverityMax: null, releaseFourEyes: false } });
    const reference = await artifact('strict/bell', [[QASM2, BELL]]);
    const here = { project: 'strict' };
    assert.deepEqual(refusalOf(await submit({ reference }, here, vic.token)), [403, 'denied', '/program/reference denied']);
    const simulation = await done({ reference }, here);
    await govern(project, { mode: 'warn' });
    const warned = await submit({ reference }, here, vic.token);
    assert.deepEqual([warned.status, warned.headers.get('warning')], [200, '299 - "The manifest is quarantined, and not released"']);
    await govern(project, { mode: 'enforce' });
    const { subject } = await pushed(simulation.id, { repository: 'strict/bell' });
    assert.equal(subject.digest, digestIn(reference));
  });

  it('runs no circuit whose bytes were changed', async () => {
    const text = `${BELL}// on a failing disk\n`;
    const reference = await artifact('default/damaged', [[QASM2, text]]);
    const hex = digestOf(text).slice('sha256:'.length);
    const file = join(server.home.environment['QUANTONIUM_DATA_DIR']!, 'registry/blobs/sha256', hex.slice(0, 2), hex);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    chmodSync(file, 0o600);
    writeFileSync(file, bytes);
    assert.deepEqual(refusalOf(await submit({ reference })), [404, 'blob-unknown', '/program/reference blob-unknown']);
    assert.equal((await client.pushBlob('default/damaged', Buffer.from(text))).status, 201);
    assert.equal((await submit({ reference })).status, 200, 'healed by the next push');
  });

  it('pushes only what has succeeded, to a place that there can be, and leaves nothing of what is refused', async () => {
    const simulation = await done({ language: 'openqasm2', source: BELL });
    const catalog = async (): Promise<string> => (await client.send('GET', '/v2/_catalog')).text;
    const before = await catalog();
    for (const repository of ['../etc', 'default/../x', 'Default/x', 'default//x', 'host:5000/default/x', 'default/x:tag', 'default/x@sha256:00', ' default/x', 'default/x/']) {
      assert.deepEqual(refusalOf(await push(simulation.id, { repository })), [400, 'name-invalid', '/repository name'], repository);
    }
    for (const tag of ['-x', 'a/b', 'é', '..', 'sha256:00']) assert.deepEqual(refusalOf(await push(simulation.id, { repository: 'default/tags', tag })), [400, 'tag-invalid', '/tag tag'], tag);
    for (const body of [{}, { repository: 1 }, { repository: 'x'.repeat(256) }, { repository: 'default/x', tag: null }, { repository: 'default/x', tag: 'x'.repeat(129) }, { repository: 'default/x', force: true }]) {
      const refused = await push(simulation.id, body);
      assert.ok([400, 422].includes(refused.status), `${JSON.stringify(body)}: ${refused.text}`);
    }
    const { id } = (await submit({ language: 'openqasm2', source: longRun() }, {}, owner, {})).body;
    assert.deepEqual(refusalOf(await push(id, { repository: 'default/early' })), [409, 'result-not-ready']);
    await call(server, 'POST', `/v1/simulations/${id}/cancel`, { token: owner });
    await eventually(() => get(id), ({ body }) => body['status'] === 'cancelled');
    assert.deepEqual(refusalOf(await push(id, { repository: 'default/early' })), [409, 'simulation-not-succeeded']);
    assert.equal(await catalog(), before);
  });

  it('moves no tag that the policy keeps', async () => {
    const project = await createProject(server, owner, 'kept');
    await govern(project, { immutableTags: ['v*'] });
    const [one, two] = [await done({ language: 'openqasm2', source: BELL }), await done({ language: 'openqasm2', source: BELL }, { seed: 9 })];
    const first = await pushed(one.id, { repository: 'kept/bell', tag: 'v1' });
    assert.deepEqual(refusalOf(await push(two.id, { repository: 'kept/bell', tag: 'v1' })), [403, 'tag-immutable']);
    assert.deepEqual(await pushed(one.id, { repository: 'kept/bell', tag: 'v1' }), first, 'the same again moves nothing');
    assert.equal((await referrers('kept/bell', first.subject.digest)).length, 1);
  });
});
