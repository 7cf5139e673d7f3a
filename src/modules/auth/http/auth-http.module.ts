import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { AuthController } from './auth.controller.js';
import { ClientCertificatesController } from './client-certificates.controller.js';
import { ClientSecretsController } from './client-secrets.controller.js';
import { JwksController } from './jwks.controller.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { UsersController } from './users.controller.js';
import { VaultLoginController } from './vault-login.controller.js';
import { VaultTokenController } from './vault-token.controller.js';

@Module({
  imports: [AuthModule],
  controllers: [AuthController, ClientCertificatesController, ClientSecretsController, JwksController, ServiceAccountsController, UsersController, VaultLoginController, VaultTokenController],
  providers: [AccessTokenStrategy, AccessTokenVerifier],
  exports: [AccessTokenVerifier],
})
export class AuthHttpModule {}
