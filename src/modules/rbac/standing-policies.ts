import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import { BREAK_GLASS } from './domain/builtin-roles.js';
import type { HeldRole } from './domain/role-binding.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { PrincipalStanding } from './principal-standing.js';
import { SubjectPolicy } from './subject-policy.js';

/** What an emergency gives belongs to one session: neither others of the account nor its programs have it. */
const withoutEmergency = (held: readonly HeldRole[]): readonly HeldRole[] => held.filter(({ roleId }) => roleId !== BREAK_GLASS);

/** What a guarantor who cannot log in, or whom nobody knows, lets a program do. */
const NOTHING = new SubjectPolicy([]);

/**
 * What a subject may do as of a transaction: its roles, and of a program no more than the person who answers for it may
 * do too. Everything that this reads moves the policy's version when it changes (bindings, roles, owners of service
 * accounts, accounts that are disabled and enabled), so that what was read for a version holds for as long as that does.
 */
@Injectable()
export class StandingPolicies {
  constructor(
    private readonly bindings: RoleBindingRepository,
    @Optional() @Inject(PrincipalStanding) private readonly standing: PrincipalStanding | null = null,
  ) {}

  /**
   * Of who acts, whose kind their credential told: of a person nobody is asked for. What an emergency gives is for the
   * session that opened it: who has no more than the account's password gets nothing by logging in beside it.
   */
  async ofActing(tx: Tx, { id, kind, holdsBreakGlass }: Pick<Principal, 'id' | 'kind' | 'holdsBreakGlass'>): Promise<SubjectPolicy> {
    const all = await this.bindings.heldBy(tx, id);
    const held = holdsBreakGlass ? all : withoutEmergency(all);
    return new SubjectPolicy(held, kind === 'service' ? ((await this.#guarantor(tx, id)) ?? NOTHING) : null);
  }

  /** The ids of who acts: of a program its own, and that of the person who answers for it. */
  async selvesOf(tx: Tx, { id, kind }: Principal): Promise<readonly string[]> {
    const guarantor = kind === 'service' ? ((await this.standing?.guarantorOf(tx, id)) ?? null) : null;
    return guarantor === null ? [id] : [id, guarantor.id];
  }

  /** Of whoever has the id. */
  async of(tx: Tx, subjectId: string): Promise<SubjectPolicy> {
    return new SubjectPolicy(await this.bindings.heldBy(tx, subjectId), await this.#guarantor(tx, subjectId));
  }

  async #guarantor(tx: Tx, subjectId: string): Promise<SubjectPolicy | null> {
    const guarantor = (await this.standing?.guarantorOf(tx, subjectId)) ?? null;
    if (guarantor === null) return null;
    return guarantor.isActive ? new SubjectPolicy(withoutEmergency(await this.bindings.heldBy(tx, guarantor.id))) : NOTHING;
  }
}
