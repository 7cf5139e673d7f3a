import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { BODIES_BYTES_MAX, BODY_COUNTED_BYTES_MIN, PRINCIPAL_BODIES_BYTES_MAX } from './http-settings.js';

export interface BodyLimits {
  readonly allBytes: number;
  readonly principalBytes: number;
}

/**
 * What bodies may take of this process's memory, counted by what they announce and before the first byte is read. The
 * memory itself is taken as bytes arrive: what is bounded here is what all of them could come to. Small bodies are not
 * counted; there are as many of them as there are sockets.
 */
export class BodyBudget {
  #bytes = 0;
  /** Owned by the holds: an entry is there while one of its principal's has bytes. */
  readonly #byPrincipal = new Map<string, number>();

  constructor(private readonly limits: BodyLimits = { allBytes: BODIES_BYTES_MAX, principalBytes: PRINCIPAL_BODIES_BYTES_MAX }) {}

  /** For the body of one request; `principalId` is null where nobody was authenticated: then only the whole bounds it. */
  hold(principalId: string | null): BodyHold {
    return new BodyHold((more) => this.#take(principalId, more));
  }

  get heldBytes(): number {
    return this.#bytes;
  }

  /** Throws `too-many-requests` where it is the principal's own doing, and else `unavailable`. Negative to give back. */
  #take(principalId: string | null, more: number): void {
    const own = principalId === null ? 0 : (this.#byPrincipal.get(principalId) ?? 0) + more;
    if (more > 0 && own > this.limits.principalBytes) throw refused('too-many-requests', 'Too much of what you send is on its way already.');
    if (more > 0 && this.#bytes + more > this.limits.allBytes) throw refused('unavailable', 'Too much is being received at the moment.');
    this.#bytes += more;
    if (principalId === null) return;
    if (own === 0) this.#byPrincipal.delete(principalId);
    else this.#byPrincipal.set(principalId, own);
  }
}

/**
 * What one body has of the budget, until its request has been answered. A client that is gone ends no work on what it
 * sent: then it has it until that is over.
 */
export class BodyHold {
  #bytes = 0;
  #released = false;
  #isWorkOver = false;
  #isClientGone = false;

  constructor(private readonly take: (more: number) => void) {}

  /** So many bytes in all, at least. Throws as the budget does, and has what it had then. */
  reserve(bytes: number): void {
    if (this.#released || bytes <= BODY_COUNTED_BYTES_MIN || bytes <= this.#bytes) return;
    this.take(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  /** The handler has answered, or what it was to do was refused: nobody works on the bytes any more. */
  workIsOver(): void {
    this.#isWorkOver = true;
    if (this.#isClientGone) this.release();
  }

  /** No more of an answer is sent, the whole of it or not. */
  clientIsGone(isAnswered: boolean): void {
    this.#isClientGone = true;
    if (isAnswered || this.#isWorkOver) this.release();
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#bytes > 0) this.take(-this.#bytes);
  }
}

function refused(code: 'too-many-requests' | 'unavailable', detail: string): Fault {
  return new Fault(REQUEST_FAULTS[code], { detail, headers: { 'Retry-After': '1' } });
}
