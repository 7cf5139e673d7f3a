import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { type IdempotentRequest, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { Principal } from '#pure/principal/principal.js';
import { isUuid } from '#pure/uuid/uuid.js';
import { DEFAULT_PROJECT_SLUG, isSlug, type Project } from './domain/project.js';
import { RBAC_EVENTS } from './domain/rbac.events.js';
import { RBAC_PERMISSIONS } from './domain/rbac.permissions.js';
import { ProjectRepository } from './persistence/project.repository.js';
import { PolicyDecision } from './policy-decision.js';

/** What a project is called by and is, with the policy version of the request that it was read for. */
interface Resolved {
  readonly id: string;
  readonly slug: string;
  readonly asOf: number;
}

const RESOLVED_MAX = 10_000;

@Injectable()
export class Projects {
  /**
   * Slugs never change, and projects are not deleted. Whoever archives one has to move the policy's version with it:
   * what is known here is used only by requests that saw no later one.
   */
  readonly #resolved = new Map<string, Resolved>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly projects: ProjectRepository,
    private readonly policy: PolicyDecision,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Faults: invalid-request for a slug outside the grammar, slug-taken. Gives nobody access: bindings do. */
  async create(principal: Principal, request: IdempotentRequest | null, { slug, name }: Pick<Project, 'slug' | 'name'>): Promise<Project> {
    await this.policy.require(principal, RBAC_PERMISSIONS['projects:create'], null);
    if (!isSlug(slug)) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/slug', 'slug', 'Lower case letters, digits and inner hyphens, at most 63, and not a UUID.');
    const createdAt = this.clock.now();
    const project: Project = { id: this.randomness.uuidv7(createdAt.getTime()), slug, name, createdAt, archivedAt: null };
    return this.uow.runOnce(
      principal,
      request,
      async (tx) => {
        await this.projects.insert(tx, project);
        await this.audit.append(tx, {
          kind: RBAC_EVENTS['rbac.project.create'],
          outcome: 'success',
          actor: principal,
          projectId: project.id,
          targets: [{ type: 'project', uid: project.id }],
        });
        return { resourceId: project.id, value: project };
      },
      async (tx, id) => (await this.projects.find(tx, id))!, // Projects are never deleted.
    );
  }

  async get(principal: Principal, id: string): Promise<Project> {
    await this.policy.require(principal, RBAC_PERMISSIONS['projects:read'], id);
    return found(await this.uow.read(principal, (reading) => this.projects.find(reading, id)));
  }

  async list(principal: Principal, page: PageRequest): Promise<Page<Project>> {
    const among = await this.policy.projectsPermitting(principal, RBAC_PERMISSIONS['projects:read']);
    return this.uow.run(principal, (tx) => this.projects.list(tx, among, page));
  }

  /**
   * The project that a request means: an id or a slug, `default` when it says nothing. One that does not exist, is
   * archived, is not the token's, or is nothing to this principal is the same 404. What may be done in it is decided apart.
   */
  async resolve(principal: Principal, reference: string = DEFAULT_PROJECT_SLUG): Promise<{ readonly id: string; readonly slug: string }> {
    const known = this.#resolved.get(reference);
    const { id, slug } = known !== undefined && known.asOf >= principal.policyVersion ? known : await this.#read(principal, reference);
    if (!(await this.policy.sees(principal, id))) throw new Fault(REQUEST_FAULTS['not-found'], { concealed: true });
    return { id, slug };
  }

  async #read(principal: Principal, reference: string): Promise<Resolved> {
    const project = await this.uow.read(principal, async (reading) => {
      if (isUuid(reference)) return this.projects.find(reading, reference);
      return isSlug(reference) ? this.projects.findBySlug(reading, reference) : null;
    });
    const { id, slug } = found(project?.archivedAt === null ? project : null);
    const resolved = { id, slug, asOf: principal.policyVersion };
    this.#resolved.set(reference, resolved);
    if (this.#resolved.size > RESOLVED_MAX) this.#resolved.delete(this.#resolved.keys().next().value!);
    return resolved;
  }
}

function found<T>(value: T | null): T {
  if (value === null) throw new Fault(REQUEST_FAULTS['not-found']);
  return value;
}
