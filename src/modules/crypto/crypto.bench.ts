import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { PASSWORD_COST, PasswordHasher } from './password-hasher.js';
import { SIGNATURE_ALGORITHMS, verifySignature } from './signature-algorithms.js';
import type { SignatureAlgorithmName } from './domain/key-version.js';

/**
 * What a password costs through the hasher beside argon2id alone (the limit), two at once as in the server; and what
 * each algorithm signs and verifies a second, one after another.
 */
const bare = promisify(argon2);
const { memoryKib: memory, passes, parallelism } = PASSWORD_COST;
const hasher = new PasswordHasher(new Semaphore(2, 100), new SystemRandomness());
const phc = await hasher.hash('a long enough phrase');

async function perSecond(times: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: times }, work));
  return (times * 1000) / (performance.now() - started);
}

const ROUND = 20;
await perSecond(4, () => hasher.verify('a long enough phrase', phc));
const limit = await perSecond(2, () => bare('argon2id', { message: randomBytes(16), nonce: randomBytes(16), memory, passes, parallelism, tagLength: 32 }));
const verified = await perSecond(ROUND, () => hasher.verify('a long enough phrase', phc));
const refused = await perSecond(ROUND, () => hasher.verifyAgainstNothing('a long enough phrase'));
console.log(`argon2id alone, two at once (limit)   ${limit.toFixed(1)} /s`);
console.log(`password verified                     ${verified.toFixed(1)} /s   ${(verified / limit).toFixed(2)} of the limit`);
console.log(`unknown user refused                  ${refused.toFixed(1)} /s   ${(refused / verified).toFixed(2)} of a verification`);

const message = randomBytes(256);
for (const [name, algorithm] of Object.entries(SIGNATURE_ALGORITHMS)) {
  const { publicKey, privateKey } = await algorithm.generate();
  const signature = await algorithm.sign(privateKey, message);
  const signed = await perSecond(500, () => algorithm.sign(privateKey, message));
  const checked = await perSecond(500, async () => verifySignature(name as SignatureAlgorithmName, publicKey, message, signature));
  console.log(`${name.padEnd(10)} signed ${signed.toFixed(0).padStart(7)} /s   verified ${checked.toFixed(0).padStart(7)} /s`);
}
