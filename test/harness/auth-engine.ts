import { Global, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AUTH_PERMISSIONS, AuthModule, FirstOwner, PasswordChange, PasswordLogin, Users, Authenticator } from '#modules/auth/index.js';
import { Keyring, HouseKey } from '#modules/crypto/index.js';
import { OTHER_PASSWORD_COST } from '#modules/crypto/password-hasher.js';
import type { Argon2Cost } from '#modules/crypto/domain/phc.js';
import { PermissionCatalogue, RBAC_PERMISSIONS, RbacModule } from '#modules/rbac/index.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { loadConfig } from '#platform/config/load-config.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { TracingModule } from '#platform/tracing/tracing.module.js';
import { Clock, SystemClock } from '#platform/system/clock.js';
import { Drivers } from '#platform/system/drivers.js';
import { Randomness, SystemRandomness } from '#platform/system/randomness.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import type { Principal } from '#pure/principal/principal.js';
import { unrecorded } from './keyring.js';
import { LEAST_PASSWORD_COST } from './least-password-cost.js';
import { openTestDatabase, type TestDatabase } from './postgres.js';

/** Stands where the roof stands: the permissions of the modules that are there. */
class TestCatalogue extends PermissionCatalogue {
  override all(): ReturnType<PermissionCatalogue['all']> {
    return [...Object.values(AUTH_PERMISSIONS), ...Object.values(RBAC_PERMISSIONS)];
  }
}

@Global()
@Module({ providers: [{ provide: PermissionCatalogue, useClass: TestCatalogue }], exports: [PermissionCatalogue] })
class TestCatalogueModule {}

/** The auth engine as the application wires it, without doors: one replica. */
export interface AuthEngine {
  get<T>(type: abstract new (...parameters: never[]) => T): T;
  close(): Promise<void>;
}

export interface EngineParts {
  readonly clock?: Clock;
  /** The least there is, unless a spec is about what a password costs. */
  readonly passwordCost?: Argon2Cost;
  /** Of the engines that a spec needs beside. */
  readonly modules?: readonly Type[];
  /** Settings beside those that every spec has. */
  readonly settings?: Parameters<typeof loadConfig>[0];
}

/** Replicas of one installation share the root key, and nothing else but the database. */
export async function openAuthEngine(database: TestDatabase, rootKey: Uint8Array, { clock = new SystemClock(), passwordCost = LEAST_PASSWORD_COST, modules = [], settings = {} }: EngineParts = {}): Promise<AuthEngine> {
  const config = loadConfig({ PUBLIC_URL: 'https://quantonium.example', DATABASE_POOL_MAX: '8', ...settings });
  class TestRoof {}
  class TestSystem {}
  Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule.forRoot({ config, urls: database.urls, onError: () => undefined }),
      { module: TestSystem, global: true, providers: [{ provide: Clock, useValue: clock }, { provide: Randomness, useClass: SystemRandomness }, Drivers, ThreadRoster, { provide: OTHER_PASSWORD_COST, useValue: passwordCost }], exports: [Clock, Randomness, Drivers, ThreadRoster, OTHER_PASSWORD_COST] },
      MetricsModule.forRoot([]),
      TracingModule.forRoot(null),
      TestCatalogueModule,
      RbacModule,
      AuthModule,
      ...modules,
    ],
  })(TestRoof);
  const application = await NestFactory.createApplicationContext(TestRoof as Type, { logger: false, abortOnError: false });
  application.get(Keyring, { strict: false }).unseal(HouseKey.takeOver(Buffer.from(rootKey)), unrecorded);
  return { get: (type) => application.get(type, { strict: false }), close: () => application.close() };
}

type LoginOutcome = Awaited<ReturnType<PasswordLogin['login']>>;

/** The token that a password gives; of an account with a second factor it gives none. */
export async function logIn(engine: Pick<AuthEngine, 'get'>, request: Parameters<PasswordLogin['login']>[0]): Promise<Exclude<LoginOutcome, { readonly ticket: string }>> {
  const outcome = await engine.get(PasswordLogin).login(request);
  if ('ticket' in outcome) throw new Error(`${request.username} has a second factor`);
  return outcome;
}

export const OWNER = { username: 'owner', password: 'correct horse battery staple' };
export const SOURCE = '192.0.2.7';

/** An installation with an owner, and a second replica when asked. */
export interface AuthScene {
  readonly database: TestDatabase;
  readonly engine: AuthEngine;
  readonly rootKey: Uint8Array;
  readonly owner: Principal;
  readonly query: TestDatabase['query'];
  /** @param passwordCost that of the scene unless told. */
  replica(passwordCost?: Argon2Cost): Promise<AuthEngine>;
  /** Logs in and authenticates: the principal as the pipeline would hand it to a handler. */
  principal(username: string, password: string, scope?: string): Promise<Principal>;
  /** A user with a password of their own; `password` is long enough whatever the name. */
  person(username: string): Promise<{ readonly id: string; readonly username: string; readonly password: string }>;
  close(): Promise<void>;
}

export async function openAuthScene(parts: EngineParts = {}, opened?: TestDatabase): Promise<AuthScene> {
  const database = opened ?? (await openTestDatabase());
  const rootKey = new Uint8Array(32).fill(7);
  const replicas = [await openAuthEngine(database, rootKey, parts)];
  const engine = replicas[0]!;
  await engine.get(FirstOwner).ensure({ username: OWNER.username, chosenPassword: OWNER.password }, { keep: unexpected, reveal: unexpected, discard: unexpected });
  const principal = async (username: string, password: string, scope?: string): Promise<Principal> => {
    const token = await logIn(engine, { username, password, source: SOURCE, ...(scope === undefined ? {} : { scope }) });
    return engine.get(Authenticator).authenticate(token.accessToken);
  };
  const owner = await principal(OWNER.username, OWNER.password);
  return {
    database,
    engine,
    rootKey,
    owner,
    query: database.query,
    principal,
    replica: async (passwordCost) => {
      const replica = await openAuthEngine(database, rootKey, passwordCost === undefined ? parts : { ...parts, passwordCost });
      replicas.push(replica);
      return replica;
    },
    person: async (username) => {
      const { user, oneTimePassword } = await engine.get(Users).create(owner, null, { username });
      const password = `a long enough phrase for ${username}`;
      await engine.get(PasswordChange).change(await principal(username, oneTimePassword!), { currentPassword: oneTimePassword!, newPassword: password });
      return { id: user.id, username, password };
    },
    close: async () => {
      for (const replica of replicas) await replica.close();
      await database.close();
    },
  };
}

function unexpected(): Promise<void> {
  return Promise.reject(new Error('a chosen password needs no handing over'));
}
