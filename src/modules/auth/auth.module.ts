import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { CryptoModule } from '#modules/crypto/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { AccountErasure } from './account-erasure.js';
import { AccountProtection } from './account-protection.js';
import { AccountSessions } from './account-sessions.js';
import { AccountSuspension } from './account-suspension.js';
import { apiKeyProviders } from './api-keys/api-keys.providers.js';
import { Authenticator } from './authenticator.js';
import { CertificateLogin } from './certificate-login.js';
import { ClientCertificates } from './client-certificates.js';
import { BlockedSources } from './blocked-sources.js';
import { ClientSecrets } from './client-secrets.js';
import { CredentialReceivers } from './credential-receivers.js';
import { CredentialSweep } from './credential-sweep.js';
import { DpopProofs } from './dpop/dpop-proofs.js';
import { FirstOwner } from './first-owner.js';
import { inviteProviders } from './invites/invite.providers.js';
import { LoginThrottle } from './login-throttle.js';
import { LoginJournal } from './login-journal.js';
import { MFA_ENGINE, MFA_PARTS } from './mfa/mfa.providers.js';
import { oauthProviders } from './oauth/oauth.providers.js';
import { OwnerRecovery } from './owner-recovery.js';
import { PasswordChange } from './password-change.js';
import { passwordProviders } from './passwords/password.providers.js';
import { PasswordLogin } from './password-login.js';
import { OutboxModule } from '#platform/outbox/outbox.module.js';
import { AuthStandingModule } from './auth-standing.module.js';
import { AuthPersistenceModule } from './persistence/auth-persistence.module.js';
import { PublishedKeys } from './published-keys.js';
import { RefreshTokenChain } from './refresh-token-chain.js';
import { RefreshTokens } from './refresh-tokens.js';
import { RegistryTokens } from './registry-tokens/registry-tokens.js';
import { SecurityLookup } from './security-lookup.js';
import { ServiceAccounts } from './service-accounts.js';
import { Sessions } from './sessions.js';
import { TokenIssuer } from './token-issuer.js';
import { Users } from './users.js';
import { VaultAuthenticator } from './vault-authenticator.js';
import { VaultLogins } from './vault-logins.js';
import { VaultTokens } from './vault-tokens.js';

const accounts = [AccountErasure, AccountSessions, ClientCertificates, ClientSecrets, FirstOwner, OwnerRecovery, PasswordChange, ServiceAccounts, Users];
const credentials = [Authenticator, BlockedSources, CertificateLogin, CredentialSweep, DpopProofs, PasswordLogin, PublishedKeys, RefreshTokens, RegistryTokens, Sessions, VaultAuthenticator, VaultLogins, VaultTokens];

@Module({
  imports: [CryptoModule, AuditModule, RbacModule, AuthPersistenceModule, AuthStandingModule, OutboxModule],
  providers: [...accounts, ...credentials, ...MFA_ENGINE, ...MFA_PARTS, LoginJournal, AccountProtection, AccountSuspension, CredentialReceivers, LoginThrottle, RefreshTokenChain, SecurityLookup, TokenIssuer, ...apiKeyProviders, ...oauthProviders, ...inviteProviders, ...passwordProviders],
  exports: [...accounts, ...credentials, ...MFA_ENGINE, ...apiKeyProviders, ...oauthProviders, ...inviteProviders, ...passwordProviders],
})
export class AuthModule {}
