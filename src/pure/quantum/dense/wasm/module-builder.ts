import type { Code, Local, ValueType } from './instructions.js';
import { VALUE_TYPES, sequence, unsigned } from './instructions.js';

/** The locals of one function while its body is written. */
export class FunctionScope {
  private readonly types: ValueType[];

  constructor(readonly parameters: readonly Local[]) {
    this.types = parameters.map(({ type }) => type);
  }

  local(type: ValueType): Local {
    this.types.push(type);
    return { index: this.types.length - 1, type };
  }

  /** Those that are no parameters, one by one: runs of a type could share an entry, which saves bytes and nothing else. */
  declarations(): readonly Code[] {
    return this.types.slice(this.parameters.length).map((type) => [1, VALUE_TYPES[type]]);
  }
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { type: 1, import: 2, function: 3, table: 4, export: 7, element: 9, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;
/** Limits with a maximum, shared between threads. */
const SHARED_MEMORY = 0x03;
/** 65,536 pages of 64 KiB: all that 32-bit addresses reach. The memory that is given may be smaller. */
const PAGES_MAX = 65_536;

function vectorOf(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, items: readonly Code[]): Code {
  const content = vectorOf(items);
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): Code {
  return vectorOf([...new TextEncoder().encode(value)].map((byte) => [byte]));
}

interface FunctionEntry {
  readonly type: number;
  readonly body: Code;
  readonly exportedAs: string | null;
}

/** A module that imports one shared memory as `engine.memory`; functions return nothing. */
export class ModuleBuilder {
  private readonly types: Code[] = [];
  private readonly functions: FunctionEntry[] = [];
  private readonly table: number[] = [];

  /** The number of a type for `call_indirect`. */
  type(parameters: readonly ValueType[]): number {
    const code = [FUNCTION_TYPE, ...vectorOf(parameters.map((type) => [VALUE_TYPES[type]])), 0];
    const known = this.types.findIndex((other) => other.join() === code.join());
    return known !== -1 ? known : this.types.push(code) - 1;
  }

  /** Adds a function; its number. `body` gets the parameters as locals. */
  define(parameters: readonly ValueType[], body: (scope: FunctionScope, ...parameters: Local[]) => Code, exportedAs: string | null = null): number {
    const locals = parameters.map((type, index) => ({ index, type }));
    const scope = new FunctionScope(locals);
    const code = body(scope, ...locals);
    const whole = sequence(vectorOf(scope.declarations()), code, [0x0b]);
    return this.functions.push({ type: this.type(parameters), body: [...unsigned(whole.length), ...whole], exportedAs }) - 1;
  }

  /** Puts a function into the table that `call_indirect` calls through. */
  tabulate(slot: number, functionIndex: number): void {
    this.table[slot] = functionIndex;
  }

  build(): Uint8Array<ArrayBuffer> {
    const memory = [...text('engine'), ...text('memory'), 0x02, SHARED_MEMORY, ...unsigned(1), ...unsigned(PAGES_MAX)];
    const exports = this.functions.flatMap(({ exportedAs }, index) => (exportedAs === null ? [] : [[...text(exportedAs), 0x00, ...unsigned(index)]]));
    const size = unsigned(this.table.length);
    const elements = this.table.flatMap((index, slot) => [[0x00, 0x41, ...unsigned(slot), 0x0b, ...vectorOf([unsigned(index)])]]);
    return Uint8Array.from(sequence(
      MAGIC_AND_VERSION,
      section(SECTION.type, this.types),
      section(SECTION.import, [memory]),
      section(SECTION.function, this.functions.map(({ type }) => unsigned(type))),
      ...(this.table.length === 0 ? [] : [section(SECTION.table, [[FUNCTION_REFERENCE, 0x01, ...size, ...size]])]),
      section(SECTION.export, exports),
      ...(elements.length === 0 ? [] : [section(SECTION.element, elements)]),
      section(SECTION.code, this.functions.map(({ body }) => body)),
    ));
  }
}
