import type { JsonValue } from './json-value.js';
import { pointerPart } from '../fault/json-pointer.js';

/**
 * A JSON parser for texts that come from strangers. It takes the subset of RFC 8259 on which all parsers agree
 * (I-JSON, RFC 7493), so that the body that was checked, logged and hashed is the body that is acted upon:
 * two readers never see two values in one text.
 *
 * Nesting is a list and not the call stack, so no depth of brackets can overflow it. `JSON.parse` is not used for
 * the whole, since it keeps the last of two members of one name without a word.
 */

export interface StrictJsonLimits {
  /** Nested arrays and objects; `[]` is 1. */
  readonly depthMax: number;
  /** Array elements and object members in the whole text. */
  readonly membersMax: number;
  /** UTF-16 code units in a member's name. */
  readonly nameLengthMax: number;
  /**
   * Integers beyond 2^53 - 1 without fraction and exponent. In a request they are refused, as readers differ in what
   * they make of them. A text that RFC 8785 wrote has them all the same, for doubles below 1e21: `canonical` takes
   * those that are spelled as it spells them.
   */
  readonly largeIntegers: 'refused' | 'canonical';
}

/** Depth: our deepest request has 6 levels. Members: a 1 MiB body of `0,` has 524,288; no request of ours needs more than a tenth. */
export const STRICT_JSON_LIMITS: StrictJsonLimits = Object.freeze({ depthMax: 32, membersMax: 65_536, nameLengthMax: 256, largeIntegers: 'refused' });

export type StrictJsonErrorCode =
  | 'invalid-utf-8'
  | 'byte-order-mark'
  | 'syntax'
  | 'trailing-content'
  | 'duplicate-name'
  | 'forbidden-name'
  | 'name-too-long'
  | 'nul-character'
  | 'lone-surrogate'
  | 'number-out-of-range'
  | 'integer-not-exact'
  | 'too-deep'
  | 'too-many-members';

export interface StrictJsonError {
  readonly code: StrictJsonErrorCode;
  /** RFC 6901 pointer to what was being read; to the enclosing object while the name of a member is not yet whole. */
  readonly pointer: string;
  /** Byte offset into the text. */
  readonly offset: number;
  /** What was expected, for people; nothing of the refused text. */
  readonly detail: string;
}

export type StrictJsonResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly error: StrictJsonError };

/** Parses a whole UTF-8 text. Never throws on bad input; time and memory are linear in its length. */
export function parseStrictJson(bytes: Uint8Array, limits: Partial<StrictJsonLimits> = {}): StrictJsonResult {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return refusal('byte-order-mark', 0, 'UTF-8 without a byte order mark (RFC 8259 §8.1)');
  }
  let text: string;
  try {
    text = fatalUtf8.decode(bytes);
  } catch {
    return refusal('invalid-utf-8', wellFormedLength(bytes), 'UTF-8');
  }
  const parser = new Parser(text, { ...STRICT_JSON_LIMITS, ...limits });
  try {
    return { ok: true, value: parser.document() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const offset = Buffer.byteLength(text.slice(0, error.at), 'utf8');
    return { ok: false, error: { code: error.code, pointer: error.pointer, offset, detail: error.message } };
  }
}

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function refusal(code: StrictJsonErrorCode, offset: number, detail: string): StrictJsonResult {
  return { ok: false, error: { code, pointer: '', offset, detail } };
}

/** Length of the longest prefix that some well-formed text begins with, by bisection: only a refused text pays for it. */
function wellFormedLength(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    try {
      // A decoder of its own: one that streams keeps an unfinished character for its next call.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle - 1;
    }
  }
  return good;
}

class Refused extends Error {
  constructor(
    readonly code: StrictJsonErrorCode,
    readonly pointer: string,
    readonly at: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** A container that is being read. `name` is the member's whose value comes next; null while the name itself is read. */
type Frame =
  | { readonly array: JsonValue[]; readonly close: number }
  | { readonly array: null; readonly object: Record<string, JsonValue>; name: string | null; readonly close: number };

/** A container has been pushed, and its first member or its end comes next. */
const OPENED = Symbol('opened');

/**
 * Names that reach an object's prototype when a careless reader merges or assigns. No field of ours is called so,
 * and refusing them here means that no reader needs care.
 */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Code units from which on a string is read in one go first: below, that costs as much as it saves. */
const LONG_STRING = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** RFC 8259 §6. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** RFC 8259 §7. */
const SHORT_ESCAPES: readonly string[] = ['"', '\\', '/', 'b', 'f', 'n', 'r', 't'];
const UNICODE_ESCAPE = /\\u[0-9a-fA-F]{4}/y;

const LITERALS: Readonly<Record<string, { readonly text: string; readonly value: JsonValue }>> = {
  t: { text: 'true', value: true },
  f: { text: 'false', value: false },
  n: { text: 'null', value: null },
};

class Parser {
  private at = 0;
  private members = 0;
  private readonly frames: Frame[] = [];

  constructor(
    private readonly text: string,
    private readonly limits: StrictJsonLimits,
  ) {}

  document(): JsonValue {
    this.skipSpace();
    let read = this.beginValue();
    for (;;) {
      const frame = this.frames.at(-1);
      if (read !== OPENED) {
        if (frame === undefined) break;
        attach(frame, read);
      }
      read = this.next(frame!, read === OPENED);
    }
    this.skipSpace();
    if (this.at < this.text.length) this.refuse('trailing-content', 'nothing after the value');
    return read as JsonValue;
  }

  /** Reads on inside a container: its next member's value, or its end, which makes the container itself the value. */
  private next(frame: Frame, isFirst: boolean): JsonValue | typeof OPENED {
    this.skipSpace();
    const code = this.text.charCodeAt(this.at);
    if (code === frame.close) {
      this.at += 1;
      this.frames.pop();
      return frame.array ?? frame.object;
    }
    if (!isFirst) {
      if (code !== COMMA) this.refuse('syntax', `"," or "${String.fromCharCode(frame.close)}"`);
      this.at += 1;
      this.skipSpace();
    }
    this.members += 1;
    if (this.members > this.limits.membersMax) {
      this.refuse('too-many-members', `at most ${this.limits.membersMax} elements and members in all`);
    }
    if (frame.array === null) this.readName(frame);
    return this.beginValue();
  }

  private readName(frame: Frame & { array: null }): void {
    frame.name = null;
    const start = this.at;
    if (this.text.charCodeAt(start) !== QUOTE) this.refuse('syntax', "a member's name in quotes");
    const name = this.readString();
    if (name.length > this.limits.nameLengthMax) {
      this.refuse('name-too-long', `names of at most ${this.limits.nameLengthMax} characters`, start);
    }
    frame.name = name;
    if (FORBIDDEN_NAMES.has(name)) this.refuse('forbidden-name', 'no member of this name', start);
    if (Object.hasOwn(frame.object, name)) this.refuse('duplicate-name', 'each name once in an object', start);
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== COLON) this.refuse('syntax', '":"');
    this.at += 1;
    this.skipSpace();
  }

  private beginValue(): JsonValue | typeof OPENED {
    const code = this.text.charCodeAt(this.at);
    if (code === QUOTE) return this.readString();
    if (code === OPEN_OBJECT) return this.open({ array: null, object: {}, name: null, close: CLOSE_OBJECT });
    if (code === OPEN_ARRAY) return this.open({ array: [], close: CLOSE_ARRAY });
    if (code === MINUS || (code >= 0x30 && code <= 0x39)) return this.readNumber();
    const literal = LITERALS[this.text.charAt(this.at)];
    if (literal === undefined || !this.text.startsWith(literal.text, this.at)) this.refuse('syntax', 'a JSON value');
    this.at += literal.text.length;
    return literal.value;
  }

  private open(frame: Frame): typeof OPENED {
    if (this.frames.length >= this.limits.depthMax) this.refuse('too-deep', `at most ${this.limits.depthMax} nested levels`);
    this.at += 1;
    this.frames.push(frame);
    return OPENED;
  }

  private readString(): string {
    const { text, at: start } = this;
    let at = start + 1;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        at = this.endOfEscape(at);
      } else if (code >= 0x20) {
        at += 1;
        const whole = at - start === LONG_STRING && !escaped ? this.readWhole(start) : null;
        if (whole !== null) return whole;
      } else {
        // NaN past the end is no code unit either.
        if (at >= text.length) this.refuse('syntax', 'the closing quote of a string', at);
        this.refuse(code === 0 ? 'nul-character' : 'syntax', 'control characters escaped, and no NUL', at);
      }
    }
    this.at = at + 1;
    if (!escaped) return text.slice(start + 1, at);
    // Every escape has been checked, so this cannot fail, and cannot mean two things.
    const value = JSON.parse(text.slice(start, at + 1)) as string;
    // UTF-8 has no surrogates: only an escape can bring a lone one in.
    if (!value.isWellFormed()) this.refuse('lone-surrogate', 'surrogates in pairs', start);
    return value;
  }

  /**
   * A long string by the engine's own search and parser, at a quarter of the price of looking at each code unit; null
   * for one that has to be looked at. Without an escape, since every escape is longer than what it stands for; without
   * a control character, since the parser refuses those; and a second try costs no more than the first.
   */
  private readWhole(start: number): string | null {
    const end = this.text.indexOf('"', start + 1);
    if (end === -1) return null;
    try {
      const value = JSON.parse(this.text.slice(start, end + 1)) as string;
      if (value.length !== end - start - 1) return null;
      this.at = end + 1;
      return value;
    } catch {
      return null;
    }
  }

  /** Where the text goes on after the escape whose backslash is at `at`. */
  private endOfEscape(at: number): number {
    if (SHORT_ESCAPES.includes(this.text.charAt(at + 1))) return at + 2;
    UNICODE_ESCAPE.lastIndex = at;
    if (!UNICODE_ESCAPE.test(this.text)) this.refuse('syntax', 'an escape of RFC 8259 §7', at);
    if (this.text.startsWith('0000', at + 2)) this.refuse('nul-character', 'no NUL character (U+0000)', at);
    return UNICODE_ESCAPE.lastIndex;
  }

  private readNumber(): number {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) this.refuse('syntax', 'digits after the minus sign');
    const literal = this.text.slice(this.at, NUMBER.lastIndex);
    const value = Number(literal);
    if (!Number.isFinite(value) || (value === 0 && /^[^eE]*[1-9]/.test(literal))) {
      this.refuse('number-out-of-range', 'a number that IEEE 754 binary64 can hold');
    }
    // 2^53 + 1 would silently become another integer; a fraction or exponent says that the author means a float.
    const isLarge = Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(literal);
    if (isLarge && !(this.limits.largeIntegers === 'canonical' && String(value) === literal)) {
      this.refuse('integer-not-exact', 'an integer of at most 2^53 - 1 in size');
    }
    this.at = NUMBER.lastIndex;
    // -0 has no canonical form of its own (RFC 8785 §3.2.2.3), so it is not told apart from 0.
    return value === 0 ? 0 : value;
  }

  private skipSpace(): void {
    for (; ; this.at += 1) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  private refuse(code: StrictJsonErrorCode, detail: string, at = this.at): never {
    throw new Refused(code, this.pointer(), at, detail);
  }

  private pointer(): string {
    let pointer = '';
    for (const frame of this.frames) {
      const step = frame.array === null ? frame.name : String(frame.array.length);
      if (step === null) break;
      pointer += `/${pointerPart(step)}`;
    }
    return pointer;
  }
}

function attach(frame: Frame, value: JsonValue): void {
  if (frame.array === null) frame.object[frame.name!] = value;
  else frame.array.push(value);
}
