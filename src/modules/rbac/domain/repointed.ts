import { Fault } from '#pure/fault/fault.js';

/** What is refused of a part of a body says where in the whole it stands. */
export async function repointed<T>(move: (pointer: string) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.context.pointers === undefined) throw error;
    throw new Fault(error.kind, { ...error.context, pointers: error.context.pointers.map((each) => ({ ...each, pointer: move(each.pointer) })) });
  }
}
