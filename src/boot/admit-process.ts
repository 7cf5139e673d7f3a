import { dropFromEnvironment, type Environment } from '#platform/config/environment.js';
import type { Exemption } from '#platform/config/hardening.js';
import { VARIABLES } from '#platform/config/variables.js';
import { admitEnvironment, EnvironmentRefusal } from './admit-environment.js';
import { FlagRefusal, openToOthers } from './admit-flags.js';
import type { RunningRelease } from './loader/running-release.js';
import { HardeningRefusal, type MeasuredHardening, measureHardening, missingHardening, seccompModeOf, surroundings } from './measure-hardening.js';
import type { SecureBoot } from './secure-boot.js';
import { verifyBuild } from './verify-build.js';

export interface AdmittedProcess {
  /** Null: a checkout, run for development. */
  readonly release: RunningRelease | null;
  readonly hardening: MeasuredHardening;
  readonly seccompMode: string;
  /** Variables that production would refuse, by name. */
  readonly forbidden: readonly string[];
}

/**
 * The stages before anything secret is read: what was given to the process, what it runs, and what holds it. In
 * production each refuses what the others can no longer make good; elsewhere it is measured, and told.
 */
export async function admitProcess(boot: SecureBoot, environment: Environment): Promise<AdmittedProcess> {
  const production = environment['NODE_ENV'] === 'production';
  const exempt = exemptionsIn(environment);
  const { forbidden } = await boot.stage('environment', () => admit(environment, production), (admitted) => ({ ...admitted }));
  await boot.stage('flags', () => demandClosed(production), (open) => [...open]);
  const release = await boot.stage('signed build', () => verifyBuild(production, exempt), (running) => running?.digest ?? null);
  const hardening = await boot.stage('hardening', () => demandHardening(production, exempt), (measured) => ({ ...measured }));
  return { release, hardening, seccompMode: seccompModeOf(surroundings()), forbidden };
}

/** Read before the configuration, since it says what the configuration may be read in. What it cannot be the configuration refuses. */
function exemptionsIn(environment: Environment): ReadonlySet<Exemption> {
  const text = environment['HARDENING_EXEMPTIONS'];
  return (text === undefined ? null : VARIABLES.HARDENING_EXEMPTIONS.kind.parse(text)) ?? new Set();
}

function admit(environment: Environment, production: boolean): ReturnType<typeof admitEnvironment> {
  const admitted = admitEnvironment(environment);
  if (!production) return admitted;
  if (admitted.forbidden.length > 0) throw new EnvironmentRefusal(admitted.forbidden);
  dropFromEnvironment(admitted.unknown);
  return admitted;
}

/** What of its flags is open to others; in production nothing is. */
function demandClosed(production: boolean): readonly string[] {
  const open = openToOthers();
  if (production && open.length > 0) throw new FlagRefusal(open);
  return open;
}

function demandHardening(production: boolean, exempt: ReadonlySet<Exemption>): MeasuredHardening {
  const measured = measureHardening(surroundings());
  const missing = missingHardening(measured, exempt);
  if (production && missing.length > 0) {
    throw new HardeningRefusal(`production demands of its surroundings what is not there: ${missing.join(', ')}. docker/ and docs/operations.md show how it is had; HARDENING_EXEMPTIONS names what is done without`);
  }
  return measured;
}
