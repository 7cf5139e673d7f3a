import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { USE_NOTED_MILLIS } from '../domain/api-key.js';
import { ApiKeyRepository } from '../persistence/api-key.repository.js';

const SYSTEM = systemPrincipal('api-key-uses');

/**
 * Which keys were used since it was last written down. A request only leaves the id here; one statement a minute and
 * replica writes them all. A process that is killed forgets a minute of it: the ledger, and not this, says what was done.
 */
@Injectable()
export class ApiKeyUses {
  private used = new Set<string>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: ApiKeyRepository,
    private readonly clock: Clock,
  ) {}

  /** `lastUsedAt` is what the lookup of the request saw. */
  note(keyId: string, lastUsedAt: Date | null): void {
    if (lastUsedAt === null || this.clock.nowMillis() - lastUsedAt.getTime() >= USE_NOTED_MILLIS) this.used.add(keyId);
  }

  async flush(): Promise<void> {
    if (this.used.size === 0) return;
    const ids = [...this.used].sort();
    this.used = new Set();
    await this.uow.run(SYSTEM, (tx) => this.rows.noteUses(tx, ids, this.clock.now()));
  }
}
