import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';
import { ProjectRepository } from './persistence/project.repository.js';

/** The archived projects as of a policy version, or of a later one. */
interface Known {
  readonly version: number;
  readonly ids: Promise<ReadonlySet<string>>;
}

/**
 * Which projects are archived, as decisions need it: the whole set, read once for a policy version, since archiving
 * moves that as every change of policy does. A deployment has few of them, and who decides asks at every request.
 */
@Injectable()
export class ArchivedProjects {
  #known: Known | null = null;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly projects: ProjectRepository,
  ) {}

  async has(principal: Principal, projectId: string): Promise<boolean> {
    if (this.#known === null || this.#known.version < principal.policyVersion) this.#known = this.#begin(principal);
    return (await this.#known.ids).has(projectId);
  }

  #begin(principal: Principal): Known {
    const known: Known = { version: principal.policyVersion, ids: this.uow.read(principal, (reading) => this.projects.archived(reading)) };
    // A failed load is not remembered: the next request tries again.
    known.ids.catch(() => {
      if (this.#known === known) this.#known = null;
    });
    return known;
  }
}
