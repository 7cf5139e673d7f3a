import { Module } from '@nestjs/common';
import { ApiKeyRepository } from './api-key.repository.js';
import { ClientKeyRepository } from './client-key.repository.js';
import { ClientStandingRepository } from './client-standing.repository.js';
import { DeviceAuthorizationRepository } from './device-authorization.repository.js';
import { OAuthClientRepository } from './oauth-client.repository.js';
import { CeremonyRepository } from './ceremony.repository.js';
import { ClientCertificateRepository } from './client-certificate.repository.js';
import { ClientSecretRepository } from './client-secret.repository.js';
import { DpopProofRepository } from './dpop-proof.repository.js';
import { InviteRepository } from './invite.repository.js';
import { LoginThrottleRepository } from './login-throttle.repository.js';
import { OpaqueTokenRepository } from './opaque-token.repository.js';
import { PasskeyRepository } from './passkey.repository.js';
import { PasswordResetRepository } from './password-reset.repository.js';
import { PrincipalRepository } from './principal.repository.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { RecoveryCodeRepository } from './recovery-code.repository.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import { SecurityStateRepository } from './security-state.repository.js';
import { ServiceAccountRepository } from './service-account.repository.js';
import { SessionRepository } from './session.repository.js';
import { SourceBlockRepository } from './source-block.repository.js';
import { TotpRepository } from './totp.repository.js';
import { UserAccountRepository } from './user-account.repository.js';

const repositories = [
  ApiKeyRepository,
  CeremonyRepository,
  ClientCertificateRepository,
  ClientSecretRepository,
  DpopProofRepository,
  InviteRepository,
  LoginThrottleRepository,
  OpaqueTokenRepository,
  PasskeyRepository,
  PasswordResetRepository,
  PrincipalRepository,
  RecoveryCodeRepository,
  RefreshTokenRepository,
  SecondFactorRepository,
  SecurityStateRepository,
  ServiceAccountRepository,
  SessionRepository,
  SourceBlockRepository,
  TotpRepository,
  UserAccountRepository,
];

const oauth = [ClientKeyRepository, ClientStandingRepository, DeviceAuthorizationRepository, OAuthClientRepository];

@Module({ providers: [...repositories, ...oauth], exports: [...repositories, ...oauth] })
export class AuthPersistenceModule {}
