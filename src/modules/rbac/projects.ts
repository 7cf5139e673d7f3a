import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { Permission } from '#pure/capability/permission.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Fact } from '#pure/policy/facts.js';
import { showsEverything } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { DEFAULT_PROJECT_SLUG, isSlug, type Project } from './domain/project.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { type PROJECT_ATTRIBUTES, RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { ProjectRepository } from './persistence/project.repository.js';
import { PolicyDecision } from './policy-decision.js';

type Resolved = Pick<Project, 'id' | 'slug'>;

const RESOLVED_MAX = 10_000;

@Injectable()
export class Projects {
  /** Slugs never change, and projects are not deleted: what was read once stays true. */
  readonly #resolved = new Map<string, Resolved>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly projects: ProjectRepository,
    private readonly policy: PolicyDecision,
    private readonly counters: VersionCounters,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request for a slug outside the grammar, slug-taken. Gives nobody access: bindings do. */
  async create(principal: Principal, request: IdempotentRequest | null, { slug, name }: Pick<Project, 'slug' | 'name'>): Promise<Project> {
    await this.policy.require(principal, RBAC_PERMISSIONS['projects:create'], null);
    if (!isSlug(slug)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/slug', 'slug', 'Lower case letters, digits and inner hyphens, at most 63, and not a UUID.');
    const createdAt = this.clock.now();
    const project: Project = { id: this.randomness.uuidv7(createdAt.getTime()), slug, name, createdAt, archivedAt: null, approvalsRequired: true, version: 1 };
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.projects.insert(tx, project);
        await this.#record(tx, 'rbac.project.create', principal, project.id);
        return { resourceId: project.id, value: project };
      },
      async (tx, id) => (await this.projects.find(tx, id))!, // Projects are never deleted.
    );
  }

  async get(principal: Principal, id: string): Promise<Project> {
    const project = await this.uow.read(principal, (reading) => this.projects.find(reading, id));
    await this.policy.requireFound(principal, RBAC_PERMISSIONS['projects:read'], id, project === null ? {} : attributesOf(project));
    return found(project);
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<Project>> {
    const filter = await this.policy.filter(principal, RBAC_PERMISSIONS['projects:read']);
    return this.uow.read(principal, (reading) => this.projects.list(reading, filter, page));
  }

  /**
   * Where the principal has a permission of something that has no attributes of its own: for what keeps its lists by
   * project, as the ledger's search table does. `all` is everything, and what belongs to no project.
   */
  async permitting(principal: Principal, permission: Permission): Promise<'all' | readonly string[]> {
    const filter = await this.policy.filter(principal, permission);
    if (showsEverything(filter)) return 'all';
    return this.uow.read(principal, (reading) => this.projects.places(reading, filter));
  }

  /** The slug stays what it was. Faults: not-found, project-archived, precondition-failed. */
  async rename(principal: Principal, id: string, expected: ExpectedVersion, name: string): Promise<Project> {
    await this.policy.require(principal, RBAC_PERMISSIONS['projects:update'], id);
    return this.uow.run(principal, async (tx) => {
      const project = await this.#lock(tx, id, expected);
      const changed = await this.projects.update(tx, project, { name });
      await this.#record(tx, 'rbac.project.update', principal, id);
      return changed;
    });
  }

  /**
   * From the commit on, on every replica, whoever would make something in it is refused (project-archived); what is there
   * is read and taken away as before, and what was begun ends by itself. Not for the project that requests mean when they
   * name none. Faults: not-found, precondition-failed, conflict.
   */
  async archive(principal: Principal, id: string, expected: ExpectedVersion): Promise<Project> {
    return this.#setArchived(principal, id, expected, this.clock.now());
  }

  async unarchive(principal: Principal, id: string, expected: ExpectedVersion): Promise<Project> {
    return this.#setArchived(principal, id, expected, null);
  }

  /**
   * The project that a request means: an id or a slug, `default` when it says nothing. One that does not exist, is not
   * the token's, or is nothing to this principal is the same 404. What may be done in it, also because it is archived,
   * is decided apart.
   */
  async resolve(principal: Principal, reference: string = DEFAULT_PROJECT_SLUG): Promise<Resolved> {
    const known = this.#resolved.get(reference);
    if (known !== undefined && (await this.policy.sees(principal, known.id))) return known;
    // Of a project that is not theirs nobody is told by how soon they are refused: it is looked for as one that there is none of.
    const { id, slug } = await this.#read(principal, reference);
    if (!(await this.policy.sees(principal, id))) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    return { id, slug };
  }

  async #setArchived(principal: Principal, id: string, expected: ExpectedVersion, archivedAt: Date | null): Promise<Project> {
    await this.policy.require(principal, RBAC_PERMISSIONS['projects:archive'], id);
    return this.uow.run(principal, async (tx) => {
      // Every replica reads anew what is archived, and who binds a role in it comes before or after.
      await this.counters.bump(tx, 'policy');
      const project = await this.#lock(tx, id, expected);
      if (project.slug === DEFAULT_PROJECT_SLUG) throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The default project stays in use.' });
      if ((project.archivedAt === null) === (archivedAt === null)) throw new Fault(REQUEST_FAULTS.conflict, { detail: archivedAt === null ? 'The project is in use.' : 'The project is archived.' });
      const changed = await this.projects.update(tx, project, { archivedAt });
      await this.#record(tx, archivedAt === null ? 'rbac.project.unarchive' : 'rbac.project.archive', principal, id);
      return changed;
    });
  }

  async #lock(tx: Tx, id: string, expected: ExpectedVersion): Promise<Project> {
    const project = found(await this.projects.lock(tx, id));
    requireVersion(project, expected);
    return project;
  }

  async #record(tx: Tx, code: 'rbac.project.create' | 'rbac.project.update' | 'rbac.project.archive' | 'rbac.project.unarchive', actor: Principal, id: string): Promise<void> {
    await this.audit.append(tx, { kind: RBAC_EVENTS[code], outcome: 'success', actor, projectId: id, targets: [{ type: 'project', uid: id }] });
  }

  async #read(principal: Principal, reference: string): Promise<Resolved> {
    const project = await this.uow.read(principal, async (reading) => {
      if (isUuid(reference)) return this.projects.find(reading, reference);
      return isSlug(reference) ? this.projects.findBySlug(reading, reference) : null;
    });
    const { id, slug } = found(project);
    const resolved = { id, slug };
    this.#resolved.set(reference, resolved);
    if (this.#resolved.size > RESOLVED_MAX) this.#resolved.delete(this.#resolved.keys().next().value!);
    return resolved;
  }
}

const attributesOf = ({ slug, createdAt }: Project): Record<keyof typeof PROJECT_ATTRIBUTES, Fact> => ({ slug, createdAt });

function found<T>(value: T | null): T {
  if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return value;
}
