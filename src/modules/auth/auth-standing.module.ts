import { Global, Module } from '@nestjs/common';
import { PrincipalStanding } from '#modules/rbac/index.js';
import { AuthPersistenceModule } from './persistence/auth-persistence.module.js';
import { PrincipalRepository } from './persistence/principal.repository.js';

export function standingBy(principals: PrincipalRepository): PrincipalStanding {
  return {
    activeAmong: (tx, ids) => principals.activeUsers(tx, ids),
    isActive: (tx, id) => principals.isActive(tx, id),
    isPerson: (tx, id) => principals.isPerson(tx, id),
    isBeholdenTo: (tx, approverId, requesterId, sinceMillis) => principals.isBeholdenTo(tx, approverId, requesterId, sinceMillis),
    wasResetBy: (tx, id, otherId, sinceMillis) => principals.wasResetBy(tx, id, otherId, sinceMillis),
    programsOf: (tx, ownerIds) => principals.programsOf(tx, ownerIds),
    guarantorOf: (tx, id) => principals.guarantorOf(tx, id),
    setSealed: (tx, id, sealed) => principals.setSealed(tx, id, sealed),
    beginBreakGlass: (tx, use) => principals.beginBreakGlass(tx, use),
  };
}

/**
 * Answers rbac's question who can still log in. A module of its own, and global, because the answer flows against the
 * direction of the imports: rbac names the port and does not know who stands behind it.
 */
@Global()
@Module({
  imports: [AuthPersistenceModule],
  providers: [
    {
      provide: PrincipalStanding,
      inject: [PrincipalRepository],
      useFactory: standingBy,
    },
  ],
  exports: [PrincipalStanding],
})
export class AuthStandingModule {}
