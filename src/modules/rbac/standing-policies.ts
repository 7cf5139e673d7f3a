import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import { RoleBindingRepository } from './persistence/role-binding.repository.js';
import { PrincipalStanding } from './principal-standing.js';
import { SubjectPolicy } from './subject-policy.js';

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

  /** Of who acts, whose kind their credential told: of a person nobody is asked for. */
  async ofActing(tx: Tx, { id, kind }: Principal): Promise<SubjectPolicy> {
    const held = await this.bindings.heldBy(tx, id);
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
    return guarantor.isActive ? new SubjectPolicy(await this.bindings.heldBy(tx, guarantor.id)) : NOTHING;
  }
}
