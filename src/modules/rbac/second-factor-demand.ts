import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import type { Permission } from '#pure/capability/permission.js';
import type { Principal, Scope } from '#pure/principal/principal.js';
import { partsOf, type Rule, ruleMatches } from './domain/rule.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import type { SubjectPolicy } from './subject-policy.js';

/** What is done in these decides who may do what: a role that does more there than look is an administrative one. */
const ADMINISTRATIVE: ReadonlySet<Scope> = new Set<Scope>(['manage:identity', 'manage:policy']);
const LOOKING = 'read';

/**
 * Whether who administers must have a second factor. It is asked of people alone: what a program holds is no password.
 * By what roles allow, and not by their names: one that somebody made of the rules of another is as powerful.
 */
@Injectable()
export class SecondFactorDemand {
  readonly #isMade: boolean;
  #administrative: readonly Permission[] | null = null;

  constructor(
    private readonly catalogue: PermissionCatalogue,
    config: Config,
  ) {
    this.#isMade = config.administratorsNeedSecondFactor;
  }

  /** Whether the principal administers and has nothing but a password. */
  isOwed(principal: Principal, policy: SubjectPolicy, nowMillis: number): boolean {
    if (!this.#isMade || principal.withoutSecondFactor !== true) return false;
    return policy.liveAt(nowMillis).some(({ rules }) => rules.some((rule) => this.#administers(rule)));
  }

  #administers(rule: Rule): boolean {
    if (rule.effect === 'deny') return false;
    this.#administrative ??= this.catalogue.all().filter(({ name, scope, everyone }) => ADMINISTRATIVE.has(scope) && !everyone && partsOf(name).verb !== LOOKING);
    return this.#administrative.some(({ name }) => ruleMatches(rule, partsOf(name).resource, partsOf(name).verb));
  }
}
