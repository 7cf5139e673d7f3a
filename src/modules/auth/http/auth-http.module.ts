import { Module } from '@nestjs/common';
import { SourceBlocks } from '#platform/http/rate-limit/source-blocks.js';
import { AuthModule } from '../auth.module.js';
import { BlockedSources } from '../blocked-sources.js';
import { AccessBlocksController } from './access-blocks.controller.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ServiceAccountKeysController } from './api-keys/service-account-keys.controller.js';
import { AuthController } from './auth.controller.js';
import { ClientCertificatesController } from './client-certificates.controller.js';
import { ClientSecretsController } from './client-secrets.controller.js';
import { AccountAddressController, OwnAddressController } from './credentials/account-address.controller.js';
import { InvitesController } from './credentials/invites.controller.js';
import { LinkPagesController } from './credentials/link-pages.controller.js';
import { ResetLinksController } from './credentials/reset-links.controller.js';
import { SelfServiceController } from './credentials/self-service.controller.js';
import { JwksController } from './jwks.controller.js';
import { OwnFactorsController } from './mfa/own-factors.controller.js';
import { SecondFactorController } from './mfa/second-factor.controller.js';
import { OAUTH_CONTROLLERS } from './oauth/oauth-controllers.js';
import { PasskeysPageController } from './pages/passkeys-page.controller.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { AccountSessionsController } from './sessions/account-sessions.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { UsersController } from './users.controller.js';
import { VaultLoginController } from './vault-login.controller.js';
import { VaultTokenController } from './vault-token.controller.js';

@Module({
  imports: [AuthModule],
  controllers: [
    ...OAUTH_CONTROLLERS,
    AccessBlocksController,
    AccountAddressController,
    AccountSessionsController,
    ApiKeysController,
    AuthController,
    ClientCertificatesController,
    ClientSecretsController,
    InvitesController,
    JwksController,
    LinkPagesController,
    OwnAddressController,
    OwnFactorsController,
    PasskeysPageController,
    ResetLinksController,
    SecondFactorController,
    SelfServiceController,
    ServiceAccountKeysController,
    ServiceAccountsController,
    SessionsController,
    UsersController,
    VaultLoginController,
    VaultTokenController,
  ],
  providers: [AccessTokenStrategy, AccessTokenVerifier, { provide: SourceBlocks, useExisting: BlockedSources }],
  exports: [AccessTokenVerifier, SourceBlocks],
})
export class AuthHttpModule {}
