import { isJsonObject, type JsonObject } from '../canonical-json/json-value.js';
import { parseStrictJson } from '../canonical-json/strict-parse.js';
import { digestOf } from '../digest/digest.js';
import { ORDER_DEFAULTS, orderDigest } from '../digest/order-digest.js';

/** The request of a simulation, as its client sent it. */
export interface OrderFile {
  readonly body: JsonObject;
  readonly language: string;
  readonly source: string;
}

const LIMITS = { membersMax: Number.MAX_SAFE_INTEGER, largeIntegers: 'canonical' } as const;

/** Reads a file with the body of a submission; a sentence about what is wrong with it otherwise. */
export function readOrderFile(bytes: Uint8Array): OrderFile | string {
  const parsed = parseStrictJson(bytes, LIMITS);
  if (!parsed.ok) return `it is not strict JSON: at byte ${parsed.error.offset}, expected ${parsed.error.detail}`;
  const { value: body } = parsed;
  if (!isJsonObject(body) || !isJsonObject(body['program'])) return 'it is not the body of a submission: there is no program';
  const { language, source } = body['program'];
  if (typeof language !== 'string' || typeof source !== 'string') return 'its program has no language or no source';
  return { body, language, source };
}

/**
 * Whether the request is the one of which the ledger recorded these facts. Method and seed can have been left to the
 * server: then those that it recorded are the order's.
 */
export function isOrderRecorded({ body, language, source }: OrderFile, facts: JsonObject): boolean {
  const { shots, parameters = ORDER_DEFAULTS.parameters, outputs = ORDER_DEFAULTS.outputs, noise = ORDER_DEFAULTS.noise, precision = ORDER_DEFAULTS.precision } = body;
  const seed = body['seed'] ?? facts['seed'];
  const asked = body['method'] ?? 'automatic';
  const method = asked === 'automatic' ? facts['method'] : asked;
  const isWhole = typeof shots === 'number' && typeof seed === 'number' && typeof method === 'string' && typeof precision === 'string' && isJsonObject(parameters) && Array.isArray(outputs) && (noise === null || isJsonObject(noise));
  if (!isWhole) return false;
  const programDigest = digestOf(Buffer.from(source, 'utf8'));
  const { sweep } = body;
  // The points of a sweep extend the parameters, of which the order has no others.
  const given = Array.isArray(sweep) ? { parameters: {}, items: sweep.filter(isJsonObject).map((point) => ({ parameters: { ...parameters, ...point } })) } : { parameters };
  return orderDigest({ language, programDigest, ...given, outputs, noise, shots, seed, method, precision }) === facts['orderDigest'];
}
