import type { Permission } from '#pure/capability/permission.js';
import { parseTime } from '#pure/encoding/rfc3339.js';
import { Fault } from '#pure/fault/fault.js';
import { pointerPart } from '#pure/fault/json-pointer.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { AttributeType } from '#pure/policy/condition.js';
import { Address, type Attributes, type Fact, typeOf } from '#pure/policy/facts.js';
import { isCondition } from '#pure/policy/read-condition.js';
import type { Explanation, NamedRule } from '../domain/explanation.js';
import { formatScope, type HeldRole } from '../domain/role-binding.js';
import type { Rule } from '../domain/rule.js';
import type { PolicyChange } from '../dry-run.js';
import type { PermissionCatalogue } from '../permission-catalogue.js';
import { ALL_SCOPES, type EffectivePolicy, type PolicyQuestion } from '../policy-questions.js';
import type { DryRunRequestDto, EffectivePolicyDto, ExplanationDto, HeldRoleDto, NamedRuleDto, PolicyQuestionDto } from './policy-questions.dto.js';
import { parseInstant } from './role-binding.dto.js';
import type { RuleDto } from './role.dto.js';

/** The question that a body asks. Faults: invalid-request with the pointer of what means nothing. */
export function questionIn({ subjectId, permission: name, attributes = {}, credential = {} }: PolicyQuestionDto, catalogue: PermissionCatalogue, projectId: string | null): PolicyQuestion {
  const permission = catalogue.all().find((each) => each.name === name);
  if (permission === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/permission', 'unknown', 'One of GET /v1/permissions.');
  const { scopes, assurance = 'aal1', ip = null } = credential;
  return { subjectId, permission, projectId, attributes: attributesIn(attributes, permission), scopes: scopes === undefined ? ALL_SCOPES : new Set(scopes), assurance, ip };
}

function attributesIn(said: Readonly<Record<string, unknown>>, { resource }: Permission): Attributes {
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, factIn(name, value, Object.hasOwn(resource.attributes, name) ? resource.attributes[name] : undefined)]));
}

function factIn(name: string, value: unknown, type: AttributeType | undefined): Fact {
  const pointer = `/attributes/${pointerPart(name)}`;
  if (type === undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'unknown', 'An attribute of the resource, as GET /v1/permissions names them.');
  if (value === null) return null;
  const fact = type === 'instant' ? instantIn(value) : type === 'address' && typeof value === 'string' ? Address.parse(value) : (value as Fact);
  if (typeOf(fact) !== type) throw Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'wrong-type', `A value of type ${type}.`);
  return fact;
}

function instantIn(value: unknown): Date | null {
  const millis = typeof value === 'string' ? parseTime(value) : null;
  return millis === null ? null : new Date(millis);
}

/** The one change that a body names. */
export function changeIn({ bind, unbind, role }: DryRunRequestDto, projectId: string | null): PolicyChange {
  if ([bind, unbind, role].filter((each) => each !== undefined).length !== 1) throw Fault.at(REQUEST_FAULTS['invalid-request'], '', 'wrong-type', 'One of bind, unbind and role.');
  if (bind !== undefined) return { kind: 'bind', subjectId: bind.subjectId, role: bind.role, projectId, expiresAtMillis: bind.expiresAt === undefined ? null : parseInstant(bind.expiresAt).getTime() };
  if (unbind !== undefined) return { kind: 'unbind', bindingId: unbind.bindingId };
  const { role: reference, rules, parents } = role!;
  // Whether they are rules is for the engine to say, which says it of roles that are made too.
  return { kind: 'role', role: reference, ...(rules === undefined ? {} : { rules: rules as unknown as Rule[] }), ...(parents === undefined ? {} : { parents }) };
}

export function explanationDto({ allowed, code, decidedBy, rule, ownersRule, needed }: Explanation): ExplanationDto {
  return { allowed, code, decidedBy, rule: namedRuleDto(rule), ownersRule: namedRuleDto(ownersRule), needed: { ...needed, roles: [...needed.roles] } };
}

function namedRuleDto(named: NamedRule | null): NamedRuleDto | null {
  if (named === null) return null;
  const { bindingId, roleId, definedIn, index, projectId, expiresAtMillis, rule } = named;
  return { bindingId, role: roleId, definedIn, index, scope: formatScope(projectId), expiresAt: instantOf(expiresAtMillis), rule: ruleDto(rule) };
}

function ruleDto({ effect, resource, verbs, fields, where }: Rule): RuleDto {
  return { effect, resource, verbs: [...verbs], ...(fields === undefined ? {} : { fields: [...fields] }), ...(isCondition(where) ? { where } : {}) };
}

const instantOf = (millis: number | null): string | null => (millis === null ? null : new Date(millis).toISOString());

export function effectivePolicyDto(subjectId: string, projectId: string | null, { active, held, permissions }: EffectivePolicy): EffectivePolicyDto {
  const may = permissions.filter(({ extent }) => extent !== 'never').map(({ permission, extent }) => ({ permission: permission.name, extent }));
  return { subjectId, scope: formatScope(projectId), active, roles: heldDtos(held), permissions: may };
}

/** One for each binding, of which `held` has one for every role of its lineage. */
function heldDtos(held: readonly HeldRole[]): HeldRoleDto[] {
  const byBinding = Map.groupBy(held, ({ bindingId }) => bindingId);
  return [...byBinding.values()].map((roles) => {
    const { bindingId, roleId, projectId, expiresAtMillis } = roles[0]!;
    return { bindingId, role: roleId, lineage: roles.map(({ definedIn }) => definedIn).sort(), scope: formatScope(projectId), expiresAt: instantOf(expiresAtMillis) };
  });
}
