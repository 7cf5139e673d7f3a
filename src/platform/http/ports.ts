import type { ApprovableRequest, ApprovalNeed } from '#pure/approval/approval.js';
import type { Permission } from '#pure/capability/permission.js';
import type { FaultContext, FaultKind, Suspicion } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import type { CredentialScheme, Service } from './dialects.js';

/**
 * What the request pipeline asks of the modules. The roof binds each class to the module that answers it, so that the
 * platform knows no module and no module knows the pipeline.
 */

/** Turns a credential into the principal that it stands for. */
export abstract class CredentialVerifier {
  /**
   * `credential` has passed the scheme's grammar and nothing else. Status, session and epoch must have been looked up
   * after the call began. Rejects with a `Fault` (401 for a credential that is not valid, 503 when that could not be
   * found out); anything else that it throws is answered as an internal error, never as authenticated.
   */
  abstract verify(scheme: CredentialScheme, credential: string, circumstances: CredentialCircumstances): Promise<Principal>;
}

/** What a credential came with: it may be bound to any of it. */
export interface CredentialCircumstances {
  /** Whom it was sent to: a credential for one is none for the other. */
  readonly service: Service;
  /** Of the client certificate that the connection was made with (tls/client-certificate.ts). */
  readonly certificateThumbprint: string | null;
  readonly method: string;
  /** As the client sent it, without the query. */
  readonly path: string;
  /** The values of the `DPoP` headers: none, or one if anything is to come of it. */
  readonly proofs: readonly string[];
}

/** `context` carries what belongs to the refusal, a challenge for instance; without one the pipeline makes its own. */
export type AccessAnswer = { readonly allowed: true } | { readonly allowed: false; readonly fault: FaultKind; readonly context?: FaultContext };

/** The early half of authorisation: before the body is read, whether there is anything that could be permitted. */
export abstract class AccessDecision {
  /** Scope, assurance and an allow in at least one project or globally. The handler decides again for its project. */
  abstract permitsSomewhere(principal: Principal, permission: Permission): Promise<AccessAnswer>;
}

/** Whether this process can serve anything at all. */
export abstract class ServiceGate {
  /** What every request is refused with now, but those to routes that say `@WhileSealed`; null while it serves. Asked by each request: it must cost nothing. */
  abstract refusal(): FaultKind | null;
}

/**
 * A request that was refused for who made it (401, 403, or a 404 that conceals one), for how many there were (429) or
 * for what it looks like; or one that we failed at (500).
 */
export interface Denial {
  /** `POST /v1/simulations`: method and route pattern. `UNROUTED` where none matched. */
  readonly route: string;
  /** The path as the client sent it: what the pattern was tried with. From strangers, of any length. */
  readonly target: string;
  readonly requestId: string;
  /** The code of the fault that the client is answered with. */
  readonly code: string;
  readonly status: number;
  /** Null when nobody was authenticated. */
  readonly principal: Principal | null;
  /** The permission that the route demands; null on public routes. */
  readonly permission: string | null;
  readonly suspicion: Suspicion | null;
  /** The client must not learn from the answer that there was something to deny. */
  readonly concealed: boolean;
}

/** The route of what matched none: a constant, since paths are without number. */
export const UNROUTED = 'unrouted';

/** Writes denials to the ledger. Called within the request's trail. */
export abstract class DenialRecorder {
  /**
   * Resolves when the denial is durable, or counted towards an entry that says how many there were. The pipeline waits
   * for `DENIAL_PATIENCE_MILLIS` at most and then answers the refusal all the same: a ledger that is down must not turn
   * a refusal into anything but a refusal. What cannot be recorded is the recorder's to confess.
   */
  abstract record(denial: Denial): Promise<void>;
}

/** An approval that a request waits for, as its route under /v1/approvals shows it. */
export interface WaitingApproval {
  readonly id: string;
  readonly shown: object;
}

/** Takes note of a request that waits for a second person. */
export abstract class ApprovalDesk {
  /** Durable when it resolves; the same approval for the same request while it is open. Rejects with a `Fault` for one that may not be asked for. */
  abstract open(principal: Principal, request: ApprovableRequest, need: ApprovalNeed): Promise<WaitingApproval>;
}
