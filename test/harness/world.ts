import { call, login, loginOwner } from './api.js';
import type { RunningServer } from './server.js';

/**
 * The smallest world in which tenancy and separation show: two projects and five principals. Alice works in red,
 * Bob in blue, Carol reads the audit everywhere, Dave administers access, and the owner owns.
 */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

export interface World {
  readonly owner: Person;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
  readonly dave: Person;
  readonly red: string;
  readonly blue: string;
}

export async function createWorld(server: RunningServer): Promise<World> {
  const ownerToken = await loginOwner(server);
  const me = await call<{ id: string }>(server, 'GET', '/v1/auth/me', { token: ownerToken });
  const owner = { id: me.body.id, username: 'owner', password: server.home.ownerPassword, token: ownerToken };
  const red = await createProject(server, ownerToken, 'red');
  const blue = await createProject(server, ownerToken, 'blue');
  const grants: readonly [string, string, string][] = [
    ['alice', 'researcher', `project:${red}`],
    ['bob', 'researcher', `project:${blue}`],
    ['carol', 'auditor', 'global'],
    ['dave', 'access-admin', 'global'],
  ];
  const people = new Map<string, Person>();
  for (const [username, role, scope] of grants) {
    const person = await createPerson(server, ownerToken, username);
    await bind(server, ownerToken, person.id, role, scope);
    people.set(username, person);
  }
  return { owner, alice: people.get('alice')!, bob: people.get('bob')!, carol: people.get('carol')!, dave: people.get('dave')!, red, blue };
}

async function expectCreated(server: RunningServer, path: string, token: string, json: unknown): Promise<{ id: string } & Record<string, unknown>> {
  const answer = await call<{ id: string }>(server, 'POST', path, { token, json });
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

export async function createProject(server: RunningServer, token: string, slug: string): Promise<string> {
  return (await expectCreated(server, '/v1/projects', token, { slug, name: slug })).id;
}

export async function bind(server: RunningServer, token: string, subjectId: string, role: string, scope: string): Promise<string> {
  return (await expectCreated(server, '/v1/role-bindings', token, { subjectId, role, scope })).id;
}

/** A user with a password of their own, changed from the one-time one as the server demands. */
export async function createPerson(server: RunningServer, token: string, username: string): Promise<Person> {
  const user = await expectCreated(server, '/v1/users', token, { username });
  const oneTime = user['oneTimePassword'] as string;
  const password = `a long enough phrase for ${username[0]}`;
  const changed = await call(server, 'PUT', '/v1/auth/password', {
    token: await login(server, username, oneTime),
    json: { currentPassword: oneTime, newPassword: password },
  });
  if (changed.status >= 300) throw new Error(`password of ${username}: ${changed.status} ${changed.text}`);
  return { id: user.id, username, password, token: await login(server, username, password) };
}
