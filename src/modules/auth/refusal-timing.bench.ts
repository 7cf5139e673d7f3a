import { randomInt } from 'node:crypto';
import { type AuthScene, openAuthScene, SOURCE } from '../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../test/harness/movable-clock.js';
import { enrolled } from '../../../test/harness/second-factor.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { LoginTickets } from './mfa/login-tickets.js';
import { SecondFactorLogin } from './mfa/second-factor-login.js';
import { PasswordLogin } from './password-login.js';
import { PasswordResets } from './passwords/password-resets.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { Users } from './users.js';

/**
 * Whether the time of a refusal tells why it was refused. The ways of one group are timed once a round each, in a random
 * order, so that whatever disturbs the machine falls on all of them; each is then compared with the first by the
 * Wilcoxon signed-rank test over the differences within the rounds, two-sided, normal approximation. The risk of
 * calling one different that is not is 1 % for all comparisons together (Bonferroni). Beside it stand the median of the
 * differences and its 99 % interval: what was not seen is smaller than that.
 */
const RISK = 0.01;
const SPEC = systemPrincipal('refusal-timing');

/** Makes an attempt ready, which is not timed, and gives it. */
type Way = () => Promise<() => Promise<unknown>>;

interface Group {
  readonly title: string;
  readonly rounds: number;
  readonly ways: Readonly<Record<string, Way>>;
}

async function timed(way: Way): Promise<number> {
  const attempt = await way();
  const started = performance.now();
  await attempt().catch(() => undefined);
  return performance.now() - started;
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items.map((item) => ({ item, at: randomInt(2 ** 32) })).toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

/** Milliseconds of each way, one a round; the first rounds warm up. */
async function measured({ rounds, ways }: Group, reset: () => Promise<unknown>): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(Object.keys(ways).map((name): [string, number[]] => [name, []]));
  for (let round = -3; round < rounds; round += 1) {
    await reset();
    for (const [name, way] of shuffled(Object.entries(ways))) {
      const millis = await timed(way);
      if (round >= 0) times.get(name)!.push(millis);
    }
  }
  return times;
}

/** Of standard normal, two-sided. Abramowitz and Stegun 26.2.17, to 7.5e-8. */
function twoSided(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return Math.min(1, 2 * tail);
}

/** Times are reals: there are no ties, and no difference is nothing. */
function signedRank(differences: readonly number[]): number {
  const n = differences.length;
  const positive = differences.toSorted((a, b) => Math.abs(a) - Math.abs(b)).reduce((sum, difference, at) => sum + (difference > 0 ? at + 1 : 0), 0);
  return twoSided((positive - (n * (n + 1)) / 4) / Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24));
}

/** The median, and its interval by order statistics: 2.576 standard deviations of a binomial on either side. */
function medianOf(values: readonly number[]): { readonly median: number; readonly low: number; readonly high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (rank: number): number => sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(rank)))]!;
  const half = (2.576 * Math.sqrt(sorted.length)) / 2;
  return { median: at((sorted.length - 1) / 2), low: at((sorted.length - 1) / 2 - half), high: at((sorted.length - 1) / 2 + half) };
}

function show({ title, rounds }: Group, times: ReadonlyMap<string, readonly number[]>, comparisons: number): void {
  const [[reference, base], ...others] = [...times] as [[string, readonly number[]], ...[string, readonly number[]][]];
  console.log(`${title}: ${rounds} rounds; ${reference} takes ${medianOf(base).median.toFixed(2)} ms`);
  for (const [name, values] of others) {
    const differences = values.map((millis, at) => millis - base[at]!);
    const { median, low, high } = medianOf(differences);
    const p = signedRank(differences);
    const verdict = p < RISK / comparisons ? 'DIFFERENT' : 'not told apart';
    console.log(`  ${name.padEnd(28)} ${median >= 0 ? '+' : ''}${median.toFixed(3)} ms  [${low.toFixed(3)}, ${high.toFixed(3)}]   p = ${p.toFixed(4)}   ${verdict}`);
  }
}

async function groupsOf(scene: AuthScene, clock: MovableClock): Promise<readonly Group[]> {
  const { engine, owner } = scene;
  const password = 'a phrase that is long enough';
  const account = async (username: string, isDisabled: boolean): Promise<string> => {
    const { user } = await engine.get(Users).create(owner, null, { username, password });
    if (isDisabled) await engine.get(Users).disable(owner, user.id);
    return username;
  };
  const [known, disabled] = [await account('known', false), await account('disabled', true)];
  const login = (username: string, typed: string): Way => async () => () => engine.get(PasswordLogin).login({ username, password: typed, source: SOURCE });
  const request = (username: string): Way => async () => () => engine.get(PasswordResets).request(username);
  const [has, hasNot] = [await enrolled(scene, clock, 'has-recovery-codes', true), await enrolled(scene, clock, 'has-none')];
  const second = (id: string, factor: 'totp' | 'recovery', code: () => string): Way => async () => {
    const { ticket } = await scene.database.app.run(SPEC, async (tx) => engine.get(LoginTickets).issue(tx, (await new PrincipalRepository().lock(tx, id, 'share'))!, new Set(['read:data'])));
    return () => engine.get(SecondFactorLogin).complete({ ticket, proof: { factor, code: code() }, source: SOURCE });
  };
  const [used] = has.codes as [string];
  await (await second(has.id, 'recovery', () => used)())();
  return [
    { title: 'login', rounds: 60, ways: { 'an unknown name': login('unknown', password), 'a wrong password': login(known, `${password}r`), 'a disabled account': login(disabled, password) } },
    { title: 'to ask for a new password', rounds: 200, ways: { 'an unknown name': request('unknown'), 'an account': request(known), 'a disabled account': request(disabled) } },
    {
      title: 'a recovery code',
      rounds: 150,
      ways: { 'a wrong code': second(has.id, 'recovery', () => 'aaaa-bbbb-cccc-dddd'), 'a code that was used': second(has.id, 'recovery', () => used), 'of who has none': second(hasNot.id, 'recovery', () => used) },
    },
    { title: 'a code by time', rounds: 150, ways: { 'a wrong code': second(has.id, 'totp', () => has.code(500)), 'a code that was used': second(hasNot.id, 'totp', () => hasNot.code(-1)) } },
  ];
}

const clock = new MovableClock();
const scene = await openAuthScene({ clock });
try {
  const groups = await groupsOf(scene, clock);
  const comparisons = groups.reduce((sum, { ways }) => sum + Object.keys(ways).length - 1, 0);
  // Whoever fails often is slowed down, for whatever reason: that would be all that is measured.
  const reset = async (): Promise<void> => {
    await scene.query('DELETE FROM auth.login_throttle');
    await scene.query('UPDATE auth.totp SET failures = 0');
  };
  for (const group of groups) show(group, await measured(group, reset), comparisons);
} finally {
  await scene.close();
}
