import type { Scope } from '#pure/principal/principal.js';

/** The projects of the property: ids that the world gives to its own. */
export const RED = '01900000-0000-7000-8000-00000000000a';
export const BLUE = '01900000-0000-7000-8000-00000000000b';

export interface Question {
  readonly resource: string;
  readonly verb: string;
  readonly place: string | null;
  /** What is known of the object; undefined: nothing. `own:2` is the name that is the id of subject 2. */
  readonly name?: string;
  /** Undefined: the whole. */
  readonly field?: string;
}

/** The permissions that are asked about, with the scope that each declares; of `futures:read` nobody knows one. */
export const PERMISSION_SCOPES: Readonly<Record<string, Scope>> = {
  'simulation:run': 'run:simulation',
  'simulation:read': 'read:data',
  'registry:pull': 'manage:registry',
  'registry:push': 'manage:registry',
  'vault:open': 'manage:keys',
  'roles:create': 'manage:policy',
  'roles:update': 'manage:policy',
  'roles:delete': 'manage:policy',
  'roles:escalate': 'manage:policy',
  'roles:bind': 'manage:policy',
  'role-bindings:create': 'manage:policy',
  'role-bindings:read': 'manage:policy',
  'role-bindings:delete': 'manage:policy',
  'users:invite': 'manage:identity',
  'users:reset-password': 'manage:identity',
  'users:reset-mfa': 'manage:identity',
  'service-accounts:issue-secret': 'manage:identity',
  'service-accounts:update': 'manage:identity',
  'clients:create': 'manage:identity',
  'clients:update': 'manage:identity',
};
/** These demand a second factor. */
export const ASSURED: ReadonlySet<string> = new Set(['vault:open', 'roles:escalate', 'roles:bind']);

const NAMES = [undefined, 'a', 'b', 'own:0', 'own:2'];

/** Parts of what is shown of a simulation; policy is asked about as a whole. */
const FIELDS: Readonly<Record<string, readonly (string | undefined)[]>> = { simulation: [undefined, 'status', 'result'] };
const WITHOUT_OBJECTS: ReadonlySet<string> = new Set(['roles', 'role-bindings', 'users', 'service-accounts', 'clients', 'futures']);

export const QUESTIONS: readonly Question[] = [...Object.keys(PERMISSION_SCOPES), 'futures:read'].flatMap((permission) => {
  const [resource, verb] = permission.split(':') as [string, string];
  const names = WITHOUT_OBJECTS.has(resource) ? [undefined] : NAMES;
  const about = (FIELDS[resource] ?? [undefined]).flatMap((field) => names.map((name) => ({ ...(field === undefined ? {} : { field }), ...(name === undefined ? {} : { name }) })));
  return [null, RED, BLUE].flatMap((place) => about.map((each) => ({ resource, verb, place, ...each })));
});

export const questionOf = (number: number): string => {
  const { resource, verb, place, name, field } = QUESTIONS[number]!;
  return `${field === undefined ? '' : `${field} of `}${resource}:${verb} ${place === null ? 'globally' : place === RED ? 'in red' : 'in blue'}${name === undefined ? '' : ` of ${name}`}`;
};

/** The number of the question about a permission at a place, with nothing known of the object. */
export const questionAbout = (permission: string, place: string | null): number =>
  QUESTIONS.findIndex((question) => `${question.resource}:${question.verb}` === permission && question.place === place && question.name === undefined && question.field === undefined);
