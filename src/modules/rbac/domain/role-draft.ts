import type { Permission } from '#pure/capability/permission.js';
import { Fault, type FaultPointer } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { AttributeSchema } from '#pure/policy/condition.js';
import { readCondition } from '#pure/policy/read-condition.js';
import { RBAC_FAULTS } from './rbac.faults.js';
import { INHERITANCE_STEPS_MAX, isRoleName, PARENTS_MAX, type Role, type RoleContent, RULES_BYTES_MAX, RULES_MAX } from './role.js';
import { RoleGraph } from './role-graph.js';
import { ANY, isRule, partsOf, type Rule } from './rule.js';

/** What somebody wants a role to say. Parents by id or name. */
export type RoleDraft = RoleContent;

const DESCRIPTION_MAX = 500;

/**
 * The content that the draft means among these roles, or everything that is wrong with it: a role must not be stored
 * whose rules mean nothing, since who reads it believes what it says. Faults: invalid-request with pointers.
 */
export function readDraft(draft: RoleDraft, graph: RoleGraph, catalogue: readonly Permission[]): RoleContent {
  const { name, description, rules, parents } = draft;
  const complaints = [
    ...(isRoleName(name) ? [] : [complaint('/name', 'wrong-format', 'Lower case letters, digits and inner hyphens, at most 63, and not a UUID.')]),
    ...(description.length <= DESCRIPTION_MAX ? [] : [complaint('/description', 'out-of-range', `at most ${DESCRIPTION_MAX} characters`)]),
    ...complaintsAboutSize(rules),
    ...rules.slice(0, RULES_MAX).flatMap((rule, index) => complaintsAboutRule(rule, `/rules/${index}`, catalogue)),
    ...complaintsAboutParents(parents, graph),
  ];
  if (complaints.length > 0) throw new Fault(REQUEST_FAULTS['invalid-request'], { pointers: complaints });
  return { name, description, rules, parents: parents.map((reference) => graph.resolve(reference)!.id).sort() };
}

/** Faults: role-cycle, invalid-request where more steps of inheritance would follow one another than anybody sees through. */
export function requireShallow(graph: RoleGraph, role: Role): void {
  if (role.parents.some((parent) => graph.lineage(parent).some(({ id }) => id === role.id))) throw new Fault(RBAC_FAULTS['role-cycle']);
  if (graph.stepsThrough(role.id) <= INHERITANCE_STEPS_MAX) return;
  throw Fault.at(REQUEST_FAULTS['invalid-request'], '/parents', 'too-deep', `At most ${INHERITANCE_STEPS_MAX} steps of inheritance follow one another.`);
}

function complaint(pointer: string, code: string, detail: string): FaultPointer {
  return { pointer, code, detail };
}

function complaintsAboutSize(rules: readonly Rule[]): readonly FaultPointer[] {
  if (rules.length > RULES_MAX) return [complaint('/rules', 'out-of-range', `at most ${RULES_MAX}`)];
  return Buffer.byteLength(JSON.stringify(rules)) > RULES_BYTES_MAX ? [complaint('/rules', 'too-large', `at most ${RULES_BYTES_MAX} bytes of JSON`)] : [];
}

function complaintsAboutRule(rule: Rule, at: string, catalogue: readonly Permission[]): readonly FaultPointer[] {
  const { resource } = rule;
  const { fields: _fields, where: _where, ...bare } = rule;
  if (!isRule(bare)) return [complaint(at, 'wrong-type', 'effect, resource, verbs, and fields and where if it is of some only')];
  const names = catalogue.map(({ name }) => partsOf(name)).filter((known) => resource === ANY || known.resource === resource);
  if (names.length === 0) return [complaint(`${at}/resource`, 'unknown', 'a resource of GET /v1/permissions, or *')];
  // Of every resource at once only the circumstances can be asked, and no field is one of all.
  const about = catalogue.find((permission) => permission.resource.name === resource)?.resource;
  return [...complaintsAboutVerbs(rule, at, names.map(({ verb }) => verb)), ...complaintsAboutFields(rule, at, about?.fields ?? []), ...complaintsAboutWhere(rule, at, about?.attributes ?? {})];
}

function complaintsAboutFields({ fields }: Rule, at: string, known: readonly string[]): readonly FaultPointer[] {
  if (fields === undefined) return [];
  if (known.length === 0) return [complaint(`${at}/fields`, 'not-applicable', 'answers about this resource leave nothing out')];
  if (fields.length === 0) return [complaint(`${at}/fields`, 'empty', 'at least one')];
  return fields.flatMap((field, index) => {
    if (fields.indexOf(field) < index) return [complaint(`${at}/fields/${index}`, 'duplicate', 'each field once')];
    return known.includes(field) ? [] : [complaint(`${at}/fields/${index}`, 'unknown', `one of ${known.join(', ')}`)];
  });
}

function complaintsAboutWhere({ where }: Rule, at: string, attributes: AttributeSchema): readonly FaultPointer[] {
  if (where === undefined) return [];
  const read = readCondition(where, attributes, `${at}/where`);
  return read.ok ? [] : read.complaints;
}

function complaintsAboutVerbs({ verbs }: Rule, at: string, known: readonly string[]): readonly FaultPointer[] {
  return verbs.flatMap((verb, index) => {
    if (verbs.indexOf(verb) < index) return [complaint(`${at}/verbs/${index}`, 'duplicate', 'each verb once')];
    return verb === ANY || known.includes(verb) ? [] : [complaint(`${at}/verbs/${index}`, 'unknown', 'a verb of that resource, or *')];
  });
}

function complaintsAboutParents(parents: readonly string[], graph: RoleGraph): readonly FaultPointer[] {
  if (parents.length > PARENTS_MAX) return [complaint('/parents', 'out-of-range', `at most ${PARENTS_MAX}`)];
  const ids = parents.map((reference) => graph.resolve(reference)?.id);
  return parents.flatMap((reference, index) => {
    const role = graph.resolve(reference);
    if (role === undefined) return [complaint(`/parents/${index}`, 'unknown', 'There is no such role.')];
    if (ids.indexOf(role.id) < index) return [complaint(`/parents/${index}`, 'duplicate', 'each role once')];
    // What counts those who hold it would not count those who have it by inheritance.
    return role.unlimited ? [complaint(`/parents/${index}`, 'not-inheritable', 'This role is bound globally and inherited by none.')] : [];
  });
}
