import { NAMED_BUCKETS } from '../buckets.js';
import { valuesOf } from '../credential.js';
import type { Exchange } from '../steps.js';
import { digestOfCredential } from './known-credentials.js';
import { isFull, type Reservation } from './request-limits.js';
import { sourceKeyOf } from './source-key.js';

/**
 * Credentials that nobody here has seen yet, from a source that is full or blocked: so many times its limit are
 * examined in a minute. A valid one passes, since somebody honest may share the address; any other is answered as
 * if it had not been looked at. Six hundred verifications are a fifth of a second of work.
 */
const TRIALS_PER_HIT = 10;
/** Logins that a source may try in a minute while it is blocked: who shares its address must get in, slowly. */
const BLOCKED_LOGINS_PER_MINUTE = 5;

/**
 * Counts the request against its source before anything is spent on it. Whether it counts is known once its
 * credential has been verified; what needs none, and what no route matches, counts at once.
 */
export async function countSource(exchange: Exchange): Promise<void> {
  const { request, state, parts } = exchange;
  state.isCounted = true;
  const lines = credentialLines(request.raw.rawHeaders);
  if (state.policy?.access.kind === 'requires' && lines.length > 0) return countCredential(exchange, lines);
  const name = state.policy?.bucket ?? null;
  const limit = name === null ? parts.settings.rateLimits.anonymousPerMinute : NAMED_BUCKETS[name];
  if (limit === 'exempt') return;
  if (name !== null) return decide(exchange, await parts.limits.reserve(name, sourceKeyOf(request.ip), limit));
  if (state.policy?.authenticates === true && parts.blocks.secondsLeft(sourceKeyOf(request.ip)) > 0) {
    return decideByAnswer(exchange, await parts.limits.reserve('blocked-login', sourceKeyOf(request.ip), BLOCKED_LOGINS_PER_MINUTE));
  }
  decide(exchange, await reserveSource(exchange));
}

/** Of a request that was refused by its form, before it came to be counted. Throws `too-many-requests` where that is the answer instead. */
export async function countMalformed(exchange: Exchange): Promise<void> {
  if (exchange.state.isCounted) return;
  (await reserveSource(exchange)).keep();
}

/** Of what never became a request. Resolves to the refusal that it is answered with instead of its own; null: its own. */
export async function countUnparsable(parts: Exchange['parts'], ipAddress: string): Promise<Error | null> {
  try {
    (await reserveFor(parts, sourceKeyOf(ipAddress))).keep();
    return null;
  } catch (refusal) {
    return refusal as Error;
  }
}

async function reserveSource({ request, parts }: Exchange): Promise<Reservation> {
  return reserveFor(parts, sourceKeyOf(request.ip));
}

/** In the bucket that all routes share. Throws `too-many-requests`, and notes who goes on after that. */
async function reserveFor({ limits, blocks, settings }: Exchange['parts'], source: string): Promise<Reservation> {
  const limit = settings.rateLimits.anonymousPerMinute;
  const blockedSeconds = blocks.secondsLeft(source);
  if (blockedSeconds > 0) throw limits.refusal('source', limit, blockedSeconds);
  try {
    return await limits.reserve('source', source, limit);
  } catch (refusal) {
    if (await limits.goesOn(source, limit)) blocks.offended(source);
    throw refusal;
  }
}

/** A named bucket is for those who ask without a credential; a credential is tried at the price of every other route. */
async function countCredential({ request, state, parts }: Exchange, lines: readonly string[]): Promise<void> {
  const { limits, known, blocks, settings } = parts;
  state.credentialDigest = digestOfCredential(lines);
  if (known.has(state.credentialDigest)) return;
  const source = sourceKeyOf(request.ip);
  const limit = settings.rateLimits.anonymousPerMinute;
  const blockedSeconds = blocks.secondsLeft(source);
  const answer = blockedSeconds > 0 ? { waitSeconds: blockedSeconds } : await limits.tryReserve('source', source, limit);
  if (!isFull(answer)) {
    state.reservation = answer;
    return;
  }
  const trial = await limits.tryReserve('trial', source, limit * TRIALS_PER_HIT);
  // Told only if it comes to that refusal.
  for (const name of ['source', 'trial']) state.trail.quotas?.delete(name);
  const refusal = (): Error => limits.refusal('source', limit, answer.waitSeconds);
  if (isFull(trial)) throw refusal();
  state.reservation = trial;
  state.trialRefusal = refusal;
}

function decide(exchange: Exchange, reservation: Reservation): void {
  const { state } = exchange;
  if (state.policy?.access.kind === 'requires') state.reservation = reservation;
  else if (state.policy?.authenticates === true) decideByAnswer(exchange, reservation);
  else reservation.keep();
}

/** A login that succeeds authenticated somebody: only those that fail are counted, and those that nobody waited for. */
function decideByAnswer({ reply, state: { trail } }: Exchange, reservation: Reservation): void {
  reply.raw.once('close', () => {
    const succeeded = trail.isAuthenticated ?? reply.raw.statusCode < 300;
    if (reply.raw.writableFinished && succeeded) void reservation.refund();
    else reservation.keep();
  });
}

function credentialLines(rawHeaders: readonly string[]): readonly string[] {
  return [...valuesOf(rawHeaders, 'authorization'), ...valuesOf(rawHeaders, 'x-vault-token')];
}
