import { isJsonObject, type JsonObject } from '../canonical-json/json-value.js';
import { parseStrictJson } from '../canonical-json/strict-parse.js';
import { artifactDigestsOf, ORDER_DEFAULTS, orderDigest, type OrderItem, programDigestOf } from '../digest/order-digest.js';

/** By its text, or by the reference of an artifact that has it; the file may have both, though a request has not. */
interface Program {
  readonly language?: string;
  readonly source?: string;
  readonly reference?: string;
}

type TextProgram = Program & Required<Pick<Program, 'language' | 'source'>> & JsonObject;

/** The request of a simulation, as its client sent it. */
export interface OrderFile {
  readonly body: JsonObject;
  /** One, or those of a batch. */
  readonly programs: readonly [Program, ...Program[]];
  /** What the order has of each circuit of several; null: one circuit. */
  readonly items: readonly OrderItem[] | null;
}

const LIMITS = { membersMax: Number.MAX_SAFE_INTEGER, largeIntegers: 'canonical' } as const;

/** Reads a file with the body of a submission; a sentence about what is wrong with it otherwise. */
export function readOrderFile(bytes: Uint8Array): OrderFile | string {
  const parsed = parseStrictJson(bytes, LIMITS);
  if (!parsed.ok) return `it is not strict JSON: at byte ${parsed.error.offset}, expected ${parsed.error.detail}`;
  const { value: body } = parsed;
  if (!isJsonObject(body) || (body['program'] === undefined) === (body['programs'] === undefined)) return 'it is not the body of a submission: there is no program, or there are two kinds of them';
  const { programs, program, sweep, parameters } = body;
  if (programs === undefined) {
    if (!isProgram(program)) return 'its program has no language or no source, nor the reference of an artifact';
    return { body, programs: [program], items: Array.isArray(sweep) ? pointsOf(sweep, parameters) : null };
  }
  if (!Array.isArray(programs) || programs.length === 0 || !programs.every(isText)) return 'one of its programs has no language or no source: of one that was named by a reference, put them beside it';
  return { body, programs: programs as [TextProgram, ...TextProgram[]], items: (programs as TextProgram[]).map(itemOf) };
}

/** Of several programs the entry has one digest over all, so that each text is needed. */
function isText(value: unknown): value is TextProgram {
  return isJsonObject(value) && typeof value['language'] === 'string' && typeof value['source'] === 'string' && ['string', 'undefined'].includes(typeof value['reference']);
}

function isProgram(value: unknown): value is Program & JsonObject {
  if (isText(value)) return true;
  return isJsonObject(value) && typeof value['reference'] === 'string' && value['source'] === undefined && ['string', 'undefined'].includes(typeof value['language']);
}

/** The points extend the parameters, of which the order has no others. */
function pointsOf(sweep: readonly unknown[], parameters: unknown): readonly OrderItem[] {
  const common = isJsonObject(parameters) ? parameters : {};
  return sweep.filter(isJsonObject).map((point) => ({ parameters: { ...common, ...point } }));
}

function itemOf({ language, source, parameters, name }: TextProgram): OrderItem {
  return { language, source, parameters: isJsonObject(parameters) ? parameters : ORDER_DEFAULTS.parameters, ...(typeof name === 'string' ? { name } : {}) };
}

/**
 * Whether the request is the one of which the ledger recorded these facts. Method and seed can have been left to the
 * server, and a program to an artifact: then those that it recorded are the order's.
 */
export function isOrderRecorded({ body, programs, items }: OrderFile, facts: JsonObject): boolean {
  const { shots, parameters = ORDER_DEFAULTS.parameters, outputs = ORDER_DEFAULTS.outputs, noise = ORDER_DEFAULTS.noise, precision = ORDER_DEFAULTS.precision } = body;
  const seed = body['seed'] ?? facts['seed'];
  const asked = body['method'] ?? 'automatic';
  const method = asked === 'automatic' ? facts['method'] : asked;
  const isWhole = typeof shots === 'number' && typeof seed === 'number' && typeof method === 'string' && typeof precision === 'string' && isJsonObject(parameters) && Array.isArray(outputs) && (noise === null || isJsonObject(noise));
  if (!isWhole) return false;
  const [{ language = facts['language'], source }] = programs;
  const programDigest = source === undefined ? facts['programDigest'] : programDigestOf(programs.map((program) => program.source!));
  if (typeof language !== 'string' || typeof programDigest !== 'string') return false;
  const artifactDigests = artifactDigestsOf(programs.flatMap(({ reference }) => reference ?? []));
  const order = { artifactDigests, language, programDigest, parameters: items === null ? parameters : {}, outputs, noise, shots, seed, method, precision, items };
  return orderDigest(order) === facts['orderDigest'];
}
