import type { Argon2Cost } from '#modules/crypto/domain/phc.js';

/** What `password-hasher.ts` exports, with another cost: `least-password-cost-hooks.ts` puts it into its place. */
export { OTHER_PASSWORD_COST, PasswordHasher } from '#modules/crypto/password-hasher.js';

/** Of argon2id, at its least: 19 MiB and 50 ms for each password of each person of each test are half of the time of specs about people. */
export const LEAST_PASSWORD_COST: Argon2Cost = { memoryKib: 8, passes: 1, parallelism: 1 };

export const PASSWORD_COST = LEAST_PASSWORD_COST;
