/** Why nothing listens, in the operator's words. */
export class ListenRefusal extends Error {
  override readonly name = 'ListenRefusal';
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there already',
  EACCES: 'this account may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
};

/** The outcome of listening; where the system refuses for a reason that an operator can mend, a `ListenRefusal` that names the variable. */
export async function orRefusal<T>(variable: 'PORT' | 'MANAGEMENT_PORT', port: number, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    throw reason === undefined ? error : new ListenRefusal(`${variable}=${port} cannot be opened: ${reason}`, { cause: error });
  }
}
