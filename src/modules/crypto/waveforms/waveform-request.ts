import { parseStrictJson, type StrictJsonError } from '#pure/canonical-json/strict-parse.js';
import type { FaultPointer } from '#pure/fault/fault.js';
import { pointerPart } from '#pure/fault/json-pointer.js';
import { ELEMENTS_MAX, refusalOf, type Waveform, WAVEFORM_KINDS, type WaveformRefusal } from '#pure/waveform/waveform.js';

/** What can be asked about a waveform, and the members that its body has beside the waveform's own. */
export const WAVEFORM_MEMBERS = {
  tag: { required: ['key'], optional: ['project'] },
  verify: { required: ['key', 'tag'], optional: ['project'] },
  digest: { required: [], optional: [] },
  analyze: { required: [], optional: [] },
} as const satisfies Readonly<Record<string, { required: readonly TextMember[]; optional: readonly TextMember[] }>>;

export type WaveformOperation = keyof typeof WAVEFORM_MEMBERS;
type TextMember = 'key' | 'tag' | 'project';

export interface WaveformRequest {
  readonly waveform: Waveform;
  /** Empty where the operation takes none. */
  readonly key: string;
  readonly tag: string;
  /** Null: not said. */
  readonly project: string | null;
}

/** Plain data, since it may come from a thread. */
export type RequestRefusal =
  | { readonly why: 'not-json'; readonly error: StrictJsonError }
  | { readonly why: 'invalid'; readonly pointers: readonly FaultPointer[] }
  | { readonly why: 'no-waveform'; readonly refusal: WaveformRefusal };

export type ReadRequest = { readonly ok: true; readonly request: WaveformRequest } | { readonly ok: false; readonly refusal: RequestRefusal };

/**
 * Complex samples of 2^20 elements, sixteen dimensions, the members themselves. Integers beyond 2^53 are taken where they
 * are spelled as ECMAScript writes the double that they are: that is how its clients send 2^60.
 */
const JSON_LIMITS = { membersMax: 2 * ELEMENTS_MAX + 64, largeIntegers: 'canonical' } as const;

/** More than this and the client has to start over anyway. */
const POINTERS_MAX = 50;

type Members = Readonly<Record<string, unknown>>;
const invalid = (...pointers: readonly FaultPointer[]): ReadRequest => ({ ok: false, refusal: { why: 'invalid', pointers } });

/** Strictly: every member that the operation has, none that it does not. */
export function readWaveformRequest(operation: WaveformOperation, body: Uint8Array): ReadRequest {
  const parsed = parseStrictJson(body, JSON_LIMITS);
  if (!parsed.ok) return { ok: false, refusal: { why: 'not-json', error: parsed.error } };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid({ pointer: '', code: 'wrong-type', detail: 'an object' });
  const pointers = mistakesIn(operation, value as Members);
  if (pointers.length > 0) return invalid(...pointers.slice(0, POINTERS_MAX));
  const { kind, dims, samples, context = '', key = '', tag = '', project = null } = value as unknown as WaveformRequest & Waveform;
  const waveform = { kind, dims, samples, context };
  const refusal = refusalOf(waveform);
  return refusal === null ? { ok: true, request: { waveform, key, tag, project } } : { ok: false, refusal: { why: 'no-waveform', refusal } };
}

function mistakesIn(operation: WaveformOperation, members: Members): readonly FaultPointer[] {
  const { required, optional } = WAVEFORM_MEMBERS[operation];
  const known = new Set<string>([...Object.keys(WAVEFORM_TYPES), ...required, ...optional]);
  const unknown = Object.keys(members).filter((name) => !known.has(name));
  const texts = [...required, ...optional].map((name) => [name, { isRequired: (required as readonly string[]).includes(name), ...TEXT }] as const);
  return [
    ...unknown.map((name) => ({ pointer: `/${pointerPart(name)}`, code: 'unknown-field' })),
    ...[...Object.entries(WAVEFORM_TYPES), ...texts].flatMap(([name, type]) => mistakeIn(name, members[name], type) ?? []),
  ];
}

interface MemberType {
  readonly isRequired: boolean;
  readonly detail: string;
  readonly code?: string;
  /** True for a value of the type; an index where an array's element is of another. */
  fits(value: unknown): boolean | number;
}

const TEXT = { detail: 'a string', fits: (value: unknown) => typeof value === 'string' };
const NUMBERS = {
  isRequired: true,
  detail: 'an array of numbers',
  fits: (value: unknown): boolean | number => {
    if (!Array.isArray(value)) return false;
    const other = value.findIndex((element) => typeof element !== 'number');
    return other < 0 ? true : other;
  },
};

const WAVEFORM_TYPES: Readonly<Record<keyof Waveform, MemberType>> = {
  kind: { isRequired: true, code: 'not-one-of', detail: Object.keys(WAVEFORM_KINDS).join(' or '), fits: (value) => typeof value === 'string' && Object.hasOwn(WAVEFORM_KINDS, value) },
  dims: NUMBERS,
  samples: NUMBERS,
  context: { isRequired: false, ...TEXT },
};

function mistakeIn(name: string, value: unknown, { isRequired, fits, detail, code = 'wrong-type' }: MemberType): FaultPointer | null {
  if (value === undefined) return isRequired ? { pointer: `/${name}`, code: 'required', detail } : null;
  const verdict = fits(value);
  if (verdict === true) return null;
  return verdict === false ? { pointer: `/${name}`, code, detail } : { pointer: `/${name}/${verdict}`, code: 'wrong-type', detail: 'a number' };
}
