import { Module } from '@nestjs/common';
import { AuthModule } from '../auth.module.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { AuthController } from './auth.controller.js';
import { JwksController } from './jwks.controller.js';
import { ServiceAccountsController } from './service-accounts.controller.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [AuthModule],
  controllers: [AuthController, JwksController, ServiceAccountsController, UsersController],
  providers: [AccessTokenStrategy, AccessTokenVerifier],
  exports: [AccessTokenVerifier],
})
export class AuthHttpModule {}
