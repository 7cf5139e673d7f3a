import type { KeyTypeName } from '../domain/key-type.js';

/**
 * What one of each costs, in milliseconds of one core: measured as the process's CPU time over hundreds of repetitions
 * (three of the slowest), of 100 bytes, with Node 24 and OpenSSL 3.5 on a server core of 2.5 GHz, rounded up. Decisions
 * hang on the order of magnitude: who may hold up the loop, what takes a turn, how many a request may ask for.
 */
export interface Cost {
  /** On the thread that asks: OpenSSL offers it to Node only so, or it is not worth the way. */
  readonly blocking: number;
  /** On a thread of libuv's pool, which everybody shares. */
  readonly pooled: number;
}

export interface TypeCost {
  /** On average: RSA takes up to five times as long. */
  readonly generate: Cost;
  readonly cipher: { readonly encrypt: Cost; readonly decrypt: Cost } | null;
  /** `OfDigest`: of a digest from elsewhere. */
  readonly signature: { readonly sign: Cost; readonly verify: Cost; readonly signOfDigest: Cost; readonly verifyOfDigest: Cost } | null;
}

const blocking = (millis: number): Cost => ({ blocking: millis, pooled: 0 });
const pooled = (millis: number, beside = 0): Cost => ({ blocking: beside, pooled: millis });

const aead = (): TypeCost => ({ generate: blocking(0.01), cipher: { encrypt: blocking(0.015), decrypt: blocking(0.015) }, signature: null });

/** Types that have one way to sign, whatever the input. */
const signing = (generate: number, sign: Cost, verify: Cost): TypeCost => ({ generate: pooled(generate), cipher: null, signature: { sign, verify, signOfDigest: sign, verifyOfDigest: verify } });

const slhDsa = (generate: number, sign: number, verify: number): TypeCost => signing(generate, pooled(sign), pooled(verify));

/** `secret` is one operation with the private key: the same for decrypting and both ways to sign. */
const rsa = (generate: number, secret: number, open: number): TypeCost => ({
  generate: pooled(generate),
  cipher: { encrypt: blocking(open), decrypt: blocking(secret) },
  signature: { sign: pooled(secret), verify: blocking(open), signOfDigest: blocking(secret), verifyOfDigest: blocking(open) },
});

/** Of digests, arithmetic of ours and a key made for each, and then OpenSSL's own. */
const ecdsa = (generate: number, own: Cost, arithmetic: number): TypeCost => {
  const ofDigest = pooled(own.pooled, own.blocking + arithmetic);
  return { generate: pooled(generate), cipher: null, signature: { sign: own, verify: own, signOfDigest: ofDigest, verifyOfDigest: ofDigest } };
};

export const COSTS: Readonly<Record<KeyTypeName, TypeCost>> = {
  'aes128-gcm96': aead(),
  'aes256-gcm96': aead(),
  'chacha20-poly1305': aead(),
  'ed25519': signing(0.2, blocking(0.06), blocking(0.17)),
  'ecdsa-p256': ecdsa(0.4, blocking(0.17), 0.75),
  'ecdsa-p384': ecdsa(1.7, pooled(1.4), 2.5),
  'ecdsa-p521': ecdsa(4, pooled(3.7), 3.6),
  'rsa-2048': rsa(70, 1.2, 0.15),
  'rsa-3072': rsa(250, 3.2, 0.17),
  'rsa-4096': rsa(900, 6.8, 0.23),
  'hmac': { generate: blocking(0.01), cipher: null, signature: null },
  'ml-dsa-44': signing(0.6, pooled(1.1), blocking(0.25)),
  'ml-dsa-65': signing(0.6, pooled(1.8), blocking(0.4)),
  'ml-dsa-87': signing(0.8, pooled(2.3), blocking(0.65)),
  'slh-dsa-sha2-128s': slhDsa(60, 400, 0.6),
  'slh-dsa-sha2-128f': slhDsa(1.1, 22, 1.7),
  'slh-dsa-sha2-192s': slhDsa(85, 980, 1.1),
  'slh-dsa-sha2-192f': slhDsa(1.8, 42, 2.5),
  'slh-dsa-sha2-256s': slhDsa(55, 880, 1.2),
  'slh-dsa-sha2-256f': slhDsa(3.3, 77, 2.4),
  'slh-dsa-shake-128s': slhDsa(190, 1_300, 1.5),
  'slh-dsa-shake-128f': slhDsa(3.2, 65, 4),
  'slh-dsa-shake-192s': slhDsa(190, 2_250, 1.7),
  'slh-dsa-shake-192f': slhDsa(4, 100, 5.6),
  'slh-dsa-shake-256s': slhDsa(170, 1_900, 2.8),
  'slh-dsa-shake-256f': slhDsa(9, 225, 6.4),
  'hybrid': signing(0.9, pooled(1.8, 0.1), blocking(0.6)),
  'x-wing': { generate: blocking(0.45), cipher: { encrypt: blocking(0.4), decrypt: blocking(0.4) }, signature: null },
};

/** A message authentication code, of a key of any type. */
export const CODE_COST: Cost = blocking(0.02);

export const NO_COST: Cost = blocking(0);
