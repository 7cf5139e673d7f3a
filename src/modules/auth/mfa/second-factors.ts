import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import type { Factor } from '../domain/factor.js';
import { SecondFactorRepository } from '../persistence/second-factor.repository.js';

/** Which second factors an account has. */
@Injectable()
export class SecondFactors {
  constructor(private readonly rows: SecondFactorRepository) {}

  /**
   * In the order in which people like them; empty for an account that a password alone opens. `recovery` stands only beside
   * another one: codes that are left of factors that are gone open nothing. Of what is not confirmed yet nothing is said.
   */
  async of(tx: Tx, principalId: string): Promise<readonly Factor[]> {
    return this.rows.factorsOf(tx, principalId);
  }
}
