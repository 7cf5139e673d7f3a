import { pointerPart } from '#pure/fault/json-pointer.js';
import type { JsonObject, RequestReading } from '#pure/quantum/outputs/request-reader.js';
import { isObject, onlyMembers, readRequest, Refused } from '#pure/quantum/outputs/request-reader.js';
import { programOf, QUBITS_MAX } from './circuit-program.js';
import { type Gateset, GATESETS } from './gate-table.js';

export const IONQ_VERSIONS = ['v0.3', 'v0.4'] as const;
export type IonqVersion = (typeof IONQ_VERSIONS)[number];

/** The one machine that is here. */
export const IONQ_BACKEND = 'simulator';

/** What its readers find again: clients keep in it what they need to read the result. */
export type IonqMetadata = Readonly<Record<string, string | number | boolean | null>>;

/** A job as a client of IonQ's API describes it, with its circuits as programs of ours. */
export interface IonqJobRequest {
  readonly type: IonqJobType;
  readonly name: string | null;
  readonly shots: number;
  readonly seed: number | null;
  readonly metadata: IonqMetadata;
  /** Of clients of v0.3, which read their map of measurements from here; stored as it is. */
  readonly registers: JsonObject | null;
  readonly qubits: number;
  /** One at least; of one alone, name and registers are the job's. */
  readonly circuits: readonly IonqCircuitRequest[];
}

export interface IonqCircuitRequest {
  readonly name: string | null;
  /** In OpenQASM 3. */
  readonly source: string;
  readonly registers: JsonObject | null;
  /** Where it stands in the request. */
  readonly pointer: string;
}

const JOB_TYPES = ['ionq.circuit.v1', 'ionq.multi-circuit.v1'] as const;
export type IonqJobType = (typeof JOB_TYPES)[number];

export interface IonqLimits {
  /** Of all circuits of a job together. */
  readonly sourceBytesMax: number;
  readonly circuitsMax: number;
}

/** Of one job: more than the ten keys that the API's own documents allow, since cirq-ionq alone may write eleven. */
const METADATA_LIMITS = { keys: 32, nameCharacters: 64, valueCharacters: 40_000, bytes: 128 * 1024 } as const;
const REGISTER_BYTES_MAX = 64 * 1024;
const NAME_CHARACTERS_MAX = 128;
const SHOTS_WITHOUT = 100;

function textOf(value: unknown, pointer: string, charactersMax: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > charactersMax || /\p{Cc}/u.test(value)) throw new Refused(pointer, `A text of at most ${charactersMax} characters, none a control character.`);
  return value;
}

function objectOf(value: unknown, pointer: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Refused(pointer, 'An object.');
  return value;
}

function bounded(value: JsonObject, pointer: string, bytesMax: number): JsonObject {
  if (Buffer.byteLength(JSON.stringify(value)) > bytesMax) throw new Refused(pointer, `At most ${bytesMax} bytes of JSON.`);
  return value;
}

/** All circuits of a job may have as much as one. */
function registersOf(value: unknown, pointer: string, circuits = 1): JsonObject | null {
  return value === undefined || value === null ? null : bounded(objectOf(value, pointer), pointer, Math.floor(REGISTER_BYTES_MAX / circuits));
}

function metadataOf(given: unknown): IonqMetadata {
  const metadata = objectOf(given, '/metadata');
  if (Object.keys(metadata).length > METADATA_LIMITS.keys) throw new Refused('/metadata', `At most ${METADATA_LIMITS.keys} members.`);
  for (const [name, value] of Object.entries(metadata)) {
    const pointer = `/metadata/${pointerPart(name.slice(0, METADATA_LIMITS.nameCharacters))}`;
    if (name.length > METADATA_LIMITS.nameCharacters) throw new Refused(pointer, `A name has at most ${METADATA_LIMITS.nameCharacters} characters.`);
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) throw new Refused(pointer, 'A text, a number, true, false or null.');
    if (typeof value === 'string' && value.length > METADATA_LIMITS.valueCharacters) throw new Refused(pointer, `A value has at most ${METADATA_LIMITS.valueCharacters} characters.`);
  }
  return bounded(metadata, '/metadata', METADATA_LIMITS.bytes) as IonqMetadata;
}

/** A number, or its digits: cirq-ionq sends those. What is out of the configured range the engine says. */
function shotsOf(value: unknown): number {
  if (value === undefined || value === null) return SHOTS_WITHOUT;
  const shots = typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(shots)) throw new Refused('/shots', 'A whole number.');
  return shots as number;
}

function seedOf(given: unknown): number | null {
  const noise = objectOf(given, '/noise');
  onlyMembers(noise, '/noise', 'model', 'seed');
  const { model = 'ideal', seed = null } = noise;
  if (model !== 'ideal') throw new Refused('/noise/model', 'Only ideal: the noise of IonQ’s machines is not imitated here. /v1/simulations takes noise by its channels.');
  if (seed === null) return null;
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) throw new Refused('/noise/seed', 'A whole number from 0 to 2^53-1.');
  return seed as number;
}

/** Each wish of it must be one not to do it: nothing is run on a machine whose errors could be mitigated. */
function refuseMitigation(given: unknown, pointer: string): void {
  for (const [name, value] of Object.entries(objectOf(given, pointer))) {
    if (value !== false && value !== null) throw new Refused(`${pointer}/${pointerPart(name.slice(0, 64))}`, 'Error mitigation is not offered: the simulation has no errors of a machine.');
  }
}

/** How something is compiled says nothing about an ideal result, so that `compilation` is taken and has no effect. */
function refuseSettings(given: unknown): void {
  const settings = objectOf(given, '/settings');
  onlyMembers(settings, '/settings', 'compilation', 'error_mitigation');
  objectOf(settings['compilation'], '/settings/compilation');
  refuseMitigation(settings['error_mitigation'], '/settings/error_mitigation');
}

function refuseBackend(value: unknown, pointer: string): void {
  if (value !== undefined && value !== null && value !== IONQ_BACKEND) throw new Refused(pointer, `Only ${IONQ_BACKEND}: there is no quantum machine behind this server.`);
}

interface Input {
  readonly input: JsonObject;
  readonly pointer: string;
  readonly gateset: Gateset;
  readonly limits: IonqLimits;
}

function qubitsOf({ input, pointer }: Input): number {
  const { qubits } = input;
  if (!Number.isInteger(qubits) || (qubits as number) < 1 || (qubits as number) > QUBITS_MAX) throw new Refused(`${pointer}/qubits`, `A whole number from 1 to ${QUBITS_MAX}.`);
  return qubits as number;
}

function circuitsOf(given: Input): IonqJobRequest['circuits'] {
  const { input, pointer, gateset, limits } = given;
  const qubits = qubitsOf(given);
  const program = (operations: unknown, at: string, sourceBytesMax: number): string => programOf({ gateset, qubits, operations, pointer: at, sourceBytesMax });
  const { circuits } = input;
  if (circuits === undefined) {
    const at = `${pointer}/circuit`;
    return [{ name: null, source: program(input['circuit'], at, limits.sourceBytesMax), registers: null, pointer: at }];
  }
  if (!Array.isArray(circuits) || circuits.length === 0 || circuits.length > limits.circuitsMax) throw new Refused(`${pointer}/circuits`, `A list of 1 to ${limits.circuitsMax} circuits.`);
  let bytesLeft = limits.sourceBytesMax;
  return circuits.map((circuit: unknown, i) => {
    const at = `${pointer}/circuits/${i}`;
    if (!isObject(circuit)) throw new Refused(at, 'An object with a circuit.');
    onlyMembers(circuit, at, 'name', 'circuit', 'registers');
    const source = program(circuit['circuit'], `${at}/circuit`, bytesLeft);
    bytesLeft -= source.length;
    return { name: textOf(circuit['name'], `${at}/name`, NAME_CHARACTERS_MAX), source, registers: registersOf(circuit['registers'], `${at}/registers`, circuits.length), pointer: `${at}/circuit` };
  });
}

/** What the versions say differently. */
const DIALECTS: Readonly<Record<IonqVersion, { readonly members: readonly string[]; readonly backend: string; readonly inputs: readonly string[]; readonly format: string }>> = {
  // cirq-ionq called the input its body.
  'v0.3': { members: ['target', 'registers', 'error_mitigation'], backend: 'target', inputs: ['input', 'body'], format: 'ionq.circuit.v0' },
  'v0.4': { members: ['type', 'backend', 'dry_run', 'session_id'], backend: 'backend', inputs: ['input'], format: 'ionq.circuit.v1' },
};
const COMMON = ['lang', 'shots', 'name', 'metadata', 'settings', 'noise'];

function inputOf(body: JsonObject, version: IonqVersion): { readonly input: JsonObject; readonly pointer: string } {
  const [member = 'input', another] = DIALECTS[version].inputs.filter((name) => name in body);
  if (another !== undefined) throw new Refused(`/${another}`, `${member} or ${another}: not both.`);
  const input = body[member];
  if (!isObject(input)) throw new Refused(`/${member}`, 'An object with a circuit.');
  onlyMembers(input, `/${member}`, 'format', 'gateset', 'qubits', 'circuit', 'circuits');
  const { format = DIALECTS[version].format } = input;
  if (format !== DIALECTS[version].format) throw new Refused(`/${member}/format`, `Only ${DIALECTS[version].format}. Programs in OpenQASM are for /v1/simulations.`);
  return { input, pointer: `/${member}` };
}

/** Wishes that are refused by name, since to pass them over would be to do something else than was asked. */
function refuseWishes(body: JsonObject, version: IonqVersion): void {
  const { backend } = DIALECTS[version];
  refuseBackend(body[backend], `/${backend}`);
  if (body['lang'] !== undefined && body['lang'] !== 'json') throw new Refused('/lang', 'Only json.');
  const type = body['type'];
  if (type !== undefined && !(JOB_TYPES as readonly unknown[]).includes(type)) throw new Refused('/type', `One of ${JOB_TYPES.join(', ')}. Programs in OpenQASM are for /v1/simulations.`);
  if (body['dry_run'] !== undefined && body['dry_run'] !== false && body['dry_run'] !== null) throw new Refused('/dry_run', 'Nothing is compiled here. What a run would take is told by /v1/simulations.');
  if (body['session_id'] !== undefined && body['session_id'] !== null) throw new Refused('/session_id', 'There are no sessions: nothing has to be reserved.');
  refuseSettings(body['settings']);
  refuseMitigation(body['error_mitigation'], '/error_mitigation');
}

/** Reads the body of `POST /jobs`. What this does not know is refused, with a pointer to it. */
export function readIonqJob(body: unknown, version: IonqVersion, limits: IonqLimits): RequestReading<IonqJobRequest> {
  return readRequest(() => {
    if (!isObject(body)) throw new Refused('', 'An object that describes a job.');
    const { members, inputs } = DIALECTS[version];
    onlyMembers(body, '', ...members, ...inputs, ...COMMON);
    refuseWishes(body, version);
    const { input, pointer } = inputOf(body, version);
    const { gateset = 'qis' } = input;
    if (!(GATESETS as readonly unknown[]).includes(gateset)) throw new Refused(`${pointer}/gateset`, `One of ${GATESETS.join(', ')}.`);
    const given: Input = { input, pointer, gateset: gateset as Gateset, limits };
    const several = input['circuits'] !== undefined;
    if (several && input['circuit'] !== undefined) throw new Refused(`${pointer}/circuits`, 'A circuit or several: not both.');
    const type = several ? 'ionq.multi-circuit.v1' : 'ionq.circuit.v1';
    if (body['type'] !== undefined && body['type'] !== type) throw new Refused(several ? `${pointer}/circuits` : `${pointer}/circuit`, 'It is not what the type says.');
    return {
      type,
      name: textOf(body['name'], '/name', NAME_CHARACTERS_MAX),
      shots: shotsOf(body['shots']),
      seed: seedOf(body['noise']),
      metadata: metadataOf(body['metadata']),
      registers: registersOf(body['registers'], '/registers'),
      qubits: qubitsOf(given),
      circuits: circuitsOf(given),
    };
  });
}
