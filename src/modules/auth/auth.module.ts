import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { AccountErasure } from './account-erasure.js';
import { AccountProtection } from './account-protection.js';
import { AccountSuspension } from './account-suspension.js';
import { Authenticator } from './authenticator.js';
import { FirstOwner } from './first-owner.js';
import { LoginThrottle } from './login-throttle.js';
import { OwnerRecovery } from './owner-recovery.js';
import { PasswordChange } from './password-change.js';
import { PasswordLogin } from './password-login.js';
import { AuthStandingModule } from './auth-standing.module.js';
import { AuthPersistenceModule } from './persistence/auth-persistence.module.js';
import { PublishedKeys } from './published-keys.js';
import { ServiceAccounts } from './service-accounts.js';
import { Sessions } from './sessions.js';
import { TokenIssuer } from './token-issuer.js';
import { Users } from './users.js';

const face = [AccountErasure, Authenticator, FirstOwner, OwnerRecovery, PasswordChange, PasswordLogin, PublishedKeys, ServiceAccounts, Sessions, Users];

@Module({
  imports: [CryptoModule, AuditModule, RbacModule, AuthPersistenceModule, AuthStandingModule],
  providers: [...face, AccountProtection, AccountSuspension, LoginThrottle, TokenIssuer],
  exports: face,
})
export class AuthModule {}
