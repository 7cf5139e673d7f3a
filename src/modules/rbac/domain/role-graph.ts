import type { Role } from './role.js';
import type { Rule } from './rule.js';
import type { EffectiveRole } from './separation.js';

/** All roles, and which inherit from which. */
export class RoleGraph {
  readonly #byId: ReadonlyMap<string, Role>;
  readonly #heirsOf = new Map<string, string[]>();

  constructor(roles: readonly Role[]) {
    this.#byId = new Map(roles.map((role) => [role.id, role]));
    for (const { id, parents } of roles) for (const parent of parents) this.#heirsOf.set(parent, [...(this.#heirsOf.get(parent) ?? []), id]);
  }

  get roles(): readonly Role[] {
    return [...this.#byId.values()];
  }

  /** By id or name. */
  resolve(reference: string): Role | undefined {
    return this.#byId.get(reference) ?? this.roles.find(({ name }) => name === reference);
  }

  /** The role and all that it inherits from, each once; the role first. Ends in a circle too, which only a planted row makes. */
  lineage(id: string): readonly Role[] {
    return this.#reached(id, (role) => role.parents);
  }

  /** What the role is to who holds it. */
  effectiveRole(id: string): EffectiveRole {
    const lineage = this.lineage(id);
    return { id, lineage: lineage.map((role) => role.id), rules: lineage.flatMap(({ rules }) => rules) };
  }

  /** Everything that who holds the role has by it. */
  effective(id: string): readonly Rule[] {
    return this.lineage(id).flatMap(({ rules }) => rules);
  }

  /** The role and all that inherit from it: those that change with it. */
  heirs(id: string): readonly Role[] {
    return this.#reached(id, (role) => this.#heirsOf.get(role.id) ?? []);
  }

  /** The same, where the role is this one now, or is there at all. */
  with(role: Role): RoleGraph {
    return new RoleGraph([...this.roles.filter(({ id }) => id !== role.id), role]);
  }

  /** Steps of inheritance on the longest way through the role, from the last heir to the first ancestor. Not to be asked of a circle. */
  stepsThrough(id: string): number {
    const longest = (from: string, next: (at: string) => readonly string[], known: Map<string, number>): number => {
      const steps = known.get(from) ?? Math.max(0, ...next(from).map((each) => 1 + longest(each, next, known)));
      known.set(from, steps);
      return steps;
    };
    const [up, down] = [(at: string) => this.#byId.get(at)?.parents ?? [], (at: string) => this.#heirsOf.get(at) ?? []];
    return longest(id, up, new Map()) + longest(id, down, new Map());
  }

  #reached(id: string, next: (role: Role) => readonly string[]): readonly Role[] {
    const reached = new Map<string, Role>();
    const waiting = [id];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const role = this.#byId.get(at);
      if (role === undefined || reached.has(at)) continue;
      reached.set(at, role);
      waiting.push(...next(role));
    }
    return [...reached.values()];
  }
}
