/**
 * The part of the JavaScript API of WebAssembly that is used here: TypeScript declares it with the browser's library
 * only, which this project does not load.
 */
declare global {
  namespace WebAssembly {
    class Memory {
      constructor(descriptor: { readonly initial: number; readonly maximum: number; readonly shared: true });
      readonly buffer: SharedArrayBuffer;
      grow(pages: number): number;
    }
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
      /** Not of the API: without a member, any object would do. */
      private readonly brand: 'module';
    }
    class Instance {
      constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
      readonly exports: Readonly<Record<string, unknown>>;
    }
  }
}

export const PAGE_BYTES = 65_536;

/** All that 32-bit addresses reach: a bound for growth, that nothing is spent on. */
const PAGES_MAX = 65_536;

/** A shared memory of at least so many bytes, all zero, that can grow. Throws RangeError where there is no room. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES), maximum: PAGES_MAX, shared: true });
}

/** Turns a module's bytes into code. The caller may have asked its runtime for more than the standard has, or not. */
export type Compiler = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;
