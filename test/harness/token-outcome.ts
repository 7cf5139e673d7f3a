import { Fault } from '#pure/fault/fault.js';
import { TokenRefused } from '../../src/modules/auth/token-refusal.js';

/** `done`, why a token was refused, or the code of another fault. */
export const outcomeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      return error.cause instanceof TokenRefused ? error.cause.refusal : error.kind.code;
    },
  );
