import { Fault } from '#pure/fault/fault.js';
import { pointerPart } from '#pure/fault/json-pointer.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { Item, Language } from './domain/job.js';
import { PROGRAMS_MAX, SWEEP_BYTES_MAX, SWEEP_POINTS_MAX } from './domain/run-limits.js';
import { SIMULATION_FAULTS } from './domain/simulation.faults.js';

/** By its text, or by the reference of an artifact of the registry. */
export interface RequestedProgram {
  readonly language?: Language;
  readonly source?: string;
  readonly reference?: string;
  /** Values for its inputs, by name. */
  readonly parameters?: unknown;
  readonly name?: string;
}

/** The circuits of a request: one program, one at the points of a sweep, or several. Types have been checked but where they are unknown. */
export interface RequestedCircuits extends Omit<RequestedProgram, 'name'> {
  /** Values that extend the parameters, for each point. */
  readonly sweep?: unknown;
  readonly programs?: readonly RequestedProgram[];
}

/** A program whose text is at hand. */
export interface FoundProgram extends RequestedProgram {
  readonly language: Language;
  readonly source: string;
}

/** The same circuits, with the texts that references stand for. */
export interface FoundCircuits extends Pick<RequestedCircuits, 'parameters' | 'sweep'> {
  readonly program?: FoundProgram;
  readonly programs?: readonly FoundProgram[];
  /** What the registry says of artifacts that it still gives out, as values of the header `Warning`. */
  readonly warnings: readonly string[];
}

/** Where in the request stands what a circuit was made of. */
export interface ItemPlaces {
  readonly source: string;
  /** Of all values, for one that is missing. */
  readonly parameters: string;
  parameter(name: string): string;
}

export interface RequestedItem {
  readonly language: Language;
  readonly source: string;
  readonly parameters: ProgramInputs;
  readonly name?: string;
  readonly places: ItemPlaces;
}

export interface RequestedItems {
  /** One at least. */
  readonly items: readonly RequestedItem[];
  /** As they are stored; null: a job of one circuit. */
  readonly stored: readonly Item[] | null;
}

/** More inputs than any program declares that somebody wrote. */
const PARAMETERS_MAX = 1000;

const invalid = (pointer: string, code: string, detail: string): Fault => Fault.at(SIMULATION_FAULTS['invalid-simulation'], pointer, code, detail);

const under = (pointer: string) => (name: string): string => `${pointer}/${pointerPart(name)}`;

/** Numbers, truth values and texts by name: whether they are what the program declares, its parser says. */
function parametersOf(given: unknown, pointer: string): ProgramInputs {
  if (given === undefined) return {};
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject || Object.keys(given).length > PARAMETERS_MAX) throw invalid(pointer, 'invalid', `An object of at most ${PARAMETERS_MAX} values by name.`);
  for (const [name, value] of Object.entries(given)) {
    if (!['number', 'boolean', 'string'].includes(typeof value)) throw invalid(under(pointer)(name), 'invalid', 'A number, true or false, or a text.');
  }
  return { ...given };
}

/**
 * Reads which circuits are asked for, in exactly one way. Refuses what is out of bounds as a whole before any program is
 * read: each point of a sweep is a reading of its own.
 */
export function requestedItems(circuits: FoundCircuits, programBytesMax: number): RequestedItems {
  const { program, programs, sweep } = circuits;
  if (programs !== undefined) return programItems(circuits, programs, programBytesMax);
  if (program === undefined) throw invalid('/program', 'missing', 'Either a program, or programs.');
  const { language, source } = program;
  const common = parametersOf(circuits.parameters, '/parameters');
  const circuit: Circuit = { language, source, bytes: Buffer.byteLength(source, 'utf8'), place: placeOf(program, '/program') };
  refuseBytes(circuit.bytes, programBytesMax, circuit.place);
  if (sweep !== undefined) return sweepItems(circuit, common, sweep);
  const places: ItemPlaces = { source: circuit.place, parameters: '/parameters', parameter: under('/parameters') };
  return { items: [{ language, source, parameters: common, places }], stored: null };
}

interface Circuit {
  readonly language: Language;
  readonly source: string;
  readonly bytes: number;
  readonly place: string;
}

/** What is wrong with a program is told where the request has it. */
function placeOf({ reference }: FoundProgram, pointer: string): string {
  return `${pointer}/${reference === undefined ? 'source' : 'reference'}`;
}

function refuseBytes(bytes: number, bytesMax: number, pointer: string): void {
  if (bytes > bytesMax) throw Fault.at(SIMULATION_FAULTS['program-too-large'], pointer, 'program-too-large', `At most ${bytesMax} bytes of UTF-8.`);
}

function sweepItems({ language, source, bytes, place }: Circuit, common: ProgramInputs, sweep: unknown): RequestedItems {
  if (!Array.isArray(sweep) || sweep.length === 0 || sweep.length > SWEEP_POINTS_MAX) throw invalid('/sweep', 'out-of-range', `A list of 1 to ${SWEEP_POINTS_MAX} points, each an object of values by name.`);
  if (bytes * sweep.length > SWEEP_BYTES_MAX) throw invalid('/sweep', 'too-large', `A program of ${bytes} bytes may have ${Math.floor(SWEEP_BYTES_MAX / bytes)} points.`);
  const items = sweep.map((point: unknown, index): RequestedItem => {
    const pointer = `/sweep/${index}`;
    const own = parametersOf(point, pointer);
    const isOwn = (name: string): boolean => Object.hasOwn(own, name) || !Object.hasOwn(common, name);
    return { language, source, parameters: { ...common, ...own }, places: { source: place, parameters: pointer, parameter: (name) => under(isOwn(name) ? pointer : '/parameters')(name) } };
  });
  return { items, stored: items.map(({ parameters }) => ({ parameters })) };
}

function programItems({ program: single, parameters, sweep }: FoundCircuits, programs: readonly FoundProgram[], programBytesMax: number): RequestedItems {
  for (const [given, pointer] of [[single, '/program'], [sweep, '/sweep'], [parameters, '/parameters']] as const) {
    if (given !== undefined) throw invalid(pointer, 'not-together', 'Beside programs there is none: each of them has its own.');
  }
  if (programs.length === 0 || programs.length > PROGRAMS_MAX) throw invalid('/programs', 'out-of-range', `1 to ${PROGRAMS_MAX} programs.`);
  refuseBytes(programs.reduce((sum, program) => sum + Buffer.byteLength(program.source, 'utf8'), 0), programBytesMax, '/programs');
  const items = programs.map((program, index): RequestedItem => {
    const pointer = `/programs/${index}`;
    // As UTF-8 has it, which the digest is of: a text column would replace what is none, a JSON column would refuse it.
    const own = { language: program.language, source: program.source.toWellFormed(), ...(program.name === undefined ? {} : { name: program.name.toWellFormed() }) };
    return { ...own, parameters: parametersOf(program.parameters, `${pointer}/parameters`), places: { source: placeOf(program, pointer), parameters: `${pointer}/parameters`, parameter: under(`${pointer}/parameters`) } };
  });
  return { items, stored: items.map(({ places: _places, ...item }) => item) };
}
