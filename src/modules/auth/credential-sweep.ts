import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { ApiKeyRepository } from './persistence/api-key.repository.js';
import { ENROLMENT_MILLIS } from './mfa/factor-proofs.js';
import { ClientCertificateRepository } from './persistence/client-certificate.repository.js';
import { ClientKeyRepository } from './persistence/client-key.repository.js';
import { ClientStandingRepository } from './persistence/client-standing.repository.js';
import { DeviceAuthorizationRepository } from './persistence/device-authorization.repository.js';
import { ClientSecretRepository } from './persistence/client-secret.repository.js';
import { DpopProofRepository } from './persistence/dpop-proof.repository.js';
import { InviteRepository } from './persistence/invite.repository.js';
import { PasswordResetRepository } from './persistence/password-reset.repository.js';
import { TotpRepository } from './persistence/totp.repository.js';
import { SessionRepository } from './persistence/session.repository.js';

const DAY_MILLIS = 24 * 3600 * 1000;
/** A session is of no use from its end on; a secret that has expired is still listed, so that somebody sees why a program fails. */
const SESSION_KEPT_MILLIS = DAY_MILLIS;
const SECRET_KEPT_MILLIS = 30 * DAY_MILLIS;
/** Beyond the time that a proof is taken for: the clock of another replica may be behind. */
const PROOF_KEPT_MILLIS = 60_000;
/** Codes and used assertions: until no replica's clock could take them for good any more. */
const USED_KEPT_MILLIS = 600 * 1000;
/** It names somebody who may never have heard of us. */
const INVITE_KEPT_MILLIS = 7 * DAY_MILLIS;
/** Rows a transaction: it takes milliseconds, and whoever needs one of them waits no longer. */
const ROWS_PER_TURN = 1000;

const SYSTEM = systemPrincipal('credential-sweep');

/** Takes away what nobody can log in with any more; the tokens of a session go with it. */
@Injectable()
export class CredentialSweep {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly sessions: SessionRepository,
    private readonly secrets: ClientSecretRepository,
    private readonly certificates: ClientCertificateRepository,
    private readonly clientKeys: ClientKeyRepository,
    private readonly assertions: ClientStandingRepository,
    private readonly devices: DeviceAuthorizationRepository,
    private readonly apiKeys: ApiKeyRepository,
    private readonly proofs: DpopProofRepository,
    private readonly invites: InviteRepository,
    private readonly resets: PasswordResetRepository,
    private readonly generators: TotpRepository,
    private readonly clock: Clock,
  ) {}

  /** Returns how many rows went. */
  async sweep(): Promise<number> {
    const before = (keptMillis: number): Date => new Date(this.clock.nowMillis() - keptMillis);
    let total = 0;
    for (let removed = ROWS_PER_TURN; removed >= ROWS_PER_TURN; total += removed) {
      removed = await this.uow.run(SYSTEM, async (tx) => {
        const counts = [
          await this.sessions.prune(tx, before(SESSION_KEPT_MILLIS), ROWS_PER_TURN),
          await this.generators.prune(tx, before(ENROLMENT_MILLIS), ROWS_PER_TURN),
          await this.secrets.prune(tx, before(SECRET_KEPT_MILLIS), ROWS_PER_TURN),
          await this.certificates.prune(tx, before(SECRET_KEPT_MILLIS), ROWS_PER_TURN),
          await this.clientKeys.prune(tx, before(SECRET_KEPT_MILLIS), ROWS_PER_TURN),
          await this.apiKeys.prune(tx, before(SECRET_KEPT_MILLIS), ROWS_PER_TURN),
          await this.proofs.prune(tx, before(PROOF_KEPT_MILLIS), ROWS_PER_TURN),
          await this.assertions.pruneAssertions(tx, before(USED_KEPT_MILLIS), ROWS_PER_TURN),
          await this.devices.prune(tx, before(USED_KEPT_MILLIS), ROWS_PER_TURN),
          await this.invites.prune(tx, before(INVITE_KEPT_MILLIS), ROWS_PER_TURN),
          await this.resets.prune(tx, before(SESSION_KEPT_MILLIS), ROWS_PER_TURN),
        ];
        return counts.reduce((sum, count) => sum + count, 0);
      });
    }
    return total;
  }
}
