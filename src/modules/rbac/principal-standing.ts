import type { Tx } from '#platform/database/unit-of-work.js';

/** The person who answers for a program: it may do nothing that they may not, and nothing while they cannot log in. */
export interface Guarantor {
  readonly id: string;
  readonly isActive: boolean;
}

/**
 * Who somebody is beside the roles that they have: auth's knowledge, asked through this port by what protects the last
 * owner, since an owner binding of a disabled account keeps nobody in, by what is done in somebody's name later, and by
 * who wants to know whether an approval comes from somebody else. All of it is as of the transaction.
 */
export abstract class PrincipalStanding {
  /** Those of `ids` that are people and active. */
  abstract activeAmong(tx: Tx, ids: readonly string[]): Promise<readonly string[]>;

  /** Whether this principal, of a person or a program, is there and active. */
  abstract isActive(tx: Tx, id: string): Promise<boolean>;

  abstract isPerson(tx: Tx, id: string): Promise<boolean>;

  /** Whether the requester made the approver's account, ever, or set what it proves itself by at `sinceMillis` or later. */
  abstract isBeholdenTo(tx: Tx, approverId: string, requesterId: string, sinceMillis: number): Promise<boolean>;

  /**
   * Whether the other set what this person proves themselves by, at `sinceMillis` or later; or gave this program what it
   * proves itself by, then, or earlier and it was good by then.
   */
  abstract wasResetBy(tx: Tx, id: string, otherId: string, sinceMillis: number): Promise<boolean>;

  /** Service accounts for which any of these people answers. */
  abstract programsOf(tx: Tx, ownerIds: readonly string[]): Promise<readonly string[]>;

  /** Who answers for a service account; null for a person, and for what there is not. */
  abstract guarantorOf(tx: Tx, id: string): Promise<Guarantor | null>;

  /** Whether strangers who try its name can hold up who has its password: those of a sealed account cannot. */
  abstract setSealed(tx: Tx, id: string, sealed: boolean): Promise<void>;

  /** From now on until `endsAt` the account is known by this use in all that it does; its other sessions end now, and every session of it then. */
  abstract beginBreakGlass(tx: Tx, use: { readonly principalId: string; readonly sessionId: string | null; readonly useId: string; readonly endsAt: Date }): Promise<void>;
}
