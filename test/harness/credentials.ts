import { AuditLog } from '#modules/audit/index.js';
import { PasswordHasher } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { loadConfig } from '#platform/config/load-config.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { EntryRepository } from '../../src/modules/audit/persistence/entry.repository.js';
import { AccountProtection } from '../../src/modules/auth/account-protection.js';
import { AccountSuspension } from '../../src/modules/auth/account-suspension.js';
import { ApiKeyRecords } from '../../src/modules/auth/api-keys/api-key-records.js';
import { ApiKeys } from '../../src/modules/auth/api-keys/api-keys.js';
import { ServiceAccountKeys } from '../../src/modules/auth/api-keys/service-account-keys.js';
import { ClientCertificates } from '../../src/modules/auth/client-certificates.js';
import { ClientSecrets } from '../../src/modules/auth/client-secrets.js';
import { CredentialReceivers } from '../../src/modules/auth/credential-receivers.js';
import { InviteAcceptance } from '../../src/modules/auth/invites/invite-acceptance.js';
import { Invites } from '../../src/modules/auth/invites/invites.js';
import { LoginThrottle } from '../../src/modules/auth/login-throttle.js';
import type { FactorChanges } from '../../src/modules/auth/mfa/factor-changes.js';
import { FactorReset } from '../../src/modules/auth/mfa/factor-reset.js';
import { NewAccounts } from '../../src/modules/auth/new-accounts.js';
import { ClientKeys } from '../../src/modules/auth/oauth/client-keys.js';
import { Clients } from '../../src/modules/auth/oauth/clients.js';
import { DeviceApproval } from '../../src/modules/auth/oauth/device-approval.js';
import { DeviceCodeIssuer } from '../../src/modules/auth/oauth/device-codes.js';
import { DeviceLogin } from '../../src/modules/auth/oauth/device-login.js';
import { AccountAddress } from '../../src/modules/auth/passwords/account-address.js';
import { ResetLinks } from '../../src/modules/auth/passwords/reset-links.js';
import { ApiKeyRepository } from '../../src/modules/auth/persistence/api-key.repository.js';
import { ClientCertificateRepository } from '../../src/modules/auth/persistence/client-certificate.repository.js';
import { ClientKeyRepository } from '../../src/modules/auth/persistence/client-key.repository.js';
import { ClientSecretRepository } from '../../src/modules/auth/persistence/client-secret.repository.js';
import { DeviceAuthorizationRepository } from '../../src/modules/auth/persistence/device-authorization.repository.js';
import { InviteRepository } from '../../src/modules/auth/persistence/invite.repository.js';
import { LoginThrottleRepository } from '../../src/modules/auth/persistence/login-throttle.repository.js';
import { OAuthClientRepository } from '../../src/modules/auth/persistence/oauth-client.repository.js';
import { PasswordResetRepository } from '../../src/modules/auth/persistence/password-reset.repository.js';
import { PrincipalRepository } from '../../src/modules/auth/persistence/principal.repository.js';
import { RefreshTokenRepository } from '../../src/modules/auth/persistence/refresh-token.repository.js';
import { SecondFactorRepository } from '../../src/modules/auth/persistence/second-factor.repository.js';
import { ServiceAccountRepository } from '../../src/modules/auth/persistence/service-account.repository.js';
import { SessionRepository } from '../../src/modules/auth/persistence/session.repository.js';
import { UserAccountRepository } from '../../src/modules/auth/persistence/user-account.repository.js';
import { RefreshTokenChain } from '../../src/modules/auth/refresh-token-chain.js';
import { ServiceAccounts } from '../../src/modules/auth/service-accounts.js';
import { Sessions } from '../../src/modules/auth/sessions.js';
import type { TokenIssuer } from '../../src/modules/auth/token-issuer.js';
import { testKeyring } from './keyring.js';
import type { TestPolicy } from './policy.js';
import type { TestDatabase } from './postgres.js';

/** Whatever of the auth engine hands out what somebody proves themselves by, beside one replica's rbac engine. */
export interface TestCredentials {
  readonly addresses: AccountAddress;
  readonly apiKeys: ApiKeys;
  readonly accountKeys: ServiceAccountKeys;
  readonly certificates: ClientCertificates;
  readonly clients: Clients;
  readonly codes: DeviceCodeIssuer;
  readonly devices: DeviceApproval;
  readonly deviceLogins: DeviceLogin;
  readonly factors: FactorReset;
  readonly acceptance: InviteAcceptance;
  readonly invites: Invites;
  readonly keys: ClientKeys;
  readonly programs: ServiceAccounts;
  readonly resets: ResetLinks;
  readonly secrets: ClientSecrets;
}

/** Wired by hand, for who makes hundreds of requests in a second. Passwords are not hashed here, and tokens not signed. */
export function testCredentials(database: TestDatabase, { bindings, clock, decision, projects }: TestPolicy): TestCredentials {
  const { app } = database;
  const [randomness, keyring, config, counters] = [new SystemRandomness(), testKeyring(database), loadConfig({}) as Config, new VersionCounters()];
  const audit = new AuditLog(app, new EntryRepository(), clock, randomness, keyring, new Metrics(), { seal: () => Promise.resolve([]) });
  const [principals, people, programs, sessionRows] = [new PrincipalRepository(), new UserAccountRepository(), new ServiceAccountRepository(), new SessionRepository()];
  const [clientRows, deviceRows, inviteRows] = [new OAuthClientRepository(), new DeviceAuthorizationRepository(), new InviteRepository()];
  const resetRows = new PasswordResetRepository();
  const sessions = new Sessions(app, sessionRows, new RefreshTokenChain(new RefreshTokenRepository(), keyring, clock, randomness), audit, clock, randomness);
  const protection = new AccountProtection(bindings, counters);
  const receivers = new CredentialReceivers(bindings, protection, principals, programs, clock);
  const keyRows = new ApiKeyRepository();
  const keyRecords = new ApiKeyRecords(projects, keyRows, audit, clock, randomness);
  const outbox = new Outbox(clock, randomness);
  const unhashed = { hash: () => Promise.resolve('$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA') } as unknown as PasswordHasher;
  const unsigned = { issue: (grant: unknown) => Promise.resolve(grant) } as unknown as TokenIssuer;
  // What one's own address takes is asked of nobody here.
  const ofOnesOwn = {} as FactorChanges;
  return {
    addresses: new AccountAddress(app, decision, bindings, protection, ofOnesOwn, principals, people, resetRows, outbox, new OutboxRows(), keyring, audit, clock, config),
    apiKeys: new ApiKeys(app, decision, principals, sessionRows, protection, keyRecords, keyRows),
    accountKeys: new ServiceAccountKeys(app, decision, receivers, programs, keyRecords, keyRows),
    certificates: new ClientCertificates(app, decision, receivers, programs, new ClientCertificateRepository(), audit, clock, randomness),
    clients: new Clients(app, decision, clientRows, deviceRows, sessions, audit, clock, randomness),
    codes: new DeviceCodeIssuer(app, deviceRows, keyring, audit, clock, randomness),
    devices: new DeviceApproval(app, decision, deviceRows, clientRows, principals, sessionRows, new LoginThrottle(keyring, new LoginThrottleRepository()), keyring, audit, clock),
    deviceLogins: new DeviceLogin(app, deviceRows, clientRows, principals, sessionRows, sessions, unsigned, audit, clock),
    factors: new FactorReset(app, decision, bindings, protection, principals, people, new SecondFactorRepository(), sessions, audit, clock),
    acceptance: new InviteAcceptance(app, inviteRows, principals, new NewAccounts(principals, people, clock, randomness), bindings, unhashed, audit, clock),
    invites: new Invites(app, decision, bindings, projects, inviteRows, people, outbox, new OutboxRows(), keyring, audit, clock, randomness, config),
    keys: new ClientKeys(app, decision, receivers, programs, sessionRows, new ClientKeyRepository(), audit, clock, randomness),
    programs: new ServiceAccounts(app, decision, principals, programs, new AccountSuspension(protection, principals, sessions, clock), protection, sessions, bindings, audit, clock, randomness),
    resets: new ResetLinks(app, decision, bindings, protection, resetRows, principals, people, outbox, keyring, audit, clock, randomness, config),
    secrets: new ClientSecrets(app, decision, receivers, programs, new ClientSecretRepository(), audit, clock, randomness),
  };
}
