import { type LockedPackage, type LockFile, nameOf, shippedPackages } from '../../src/app/commands/sbom/lock-file.js';

/** What of `package.json` is compared with the lock file. */
export interface Description {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** npm's: whose install scripts may run, by name, perhaps with a version. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** Where a package may be from when the lock file says it; where it says nothing, npm takes the registry that it is configured with. */
const REGISTRY = 'https://registry.npmjs.org/';

/** sha1 was npm's before 2017: two files of one such hash can be made. */
const INTEGRITY = /^(?:sha256|sha384|sha512)-[A-Za-z0-9+/]+={0,2}(?: (?:sha256|sha384|sha512)-[A-Za-z0-9+/]+={0,2})*$/;

/** A name and an exact version, perhaps under another name. */
const EXACT = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** What else than a range of versions a package may ask for: a repository, an archive, a directory, a short name for one of these. */
const ELSEWHERE = /^(?:git|https?|ssh|file|link|portal|workspace|github|gitlab|bitbucket|gist)[:+]|^[\w.-]+\/[\w.-]+(?:#|$)|^\.{0,2}\//;

/** What is wrong with the lock file: that something has no hash, or does not come from a registry, or is not what was asked for. */
export function lockFindings({ lockfileVersion, packages }: LockFile, description: Description): readonly string[] {
  const findings = lockfileVersion === 3 ? [] : [`the lock file is of version ${lockfileVersion}`];
  for (const [path, locked] of Object.entries(packages)) if (path !== '') findings.push(...findingsOf(path, locked).map((finding) => `${path} ${finding}`));
  const wanted = { ...description.dependencies, ...description.devDependencies, ...description.optionalDependencies };
  for (const [name, version] of Object.entries(wanted)) {
    if (!EXACT.test(version)) findings.push(`${name} is asked for as ${version}, which is no version`);
    const locked = packages[`node_modules/${name}`];
    if (locked?.version !== version.slice(version.lastIndexOf('@') + 1)) findings.push(`${name} is asked for as ${version}, and locked as ${locked?.version}`);
  }
  return findings;
}

function findingsOf(path: string, locked: LockedPackage): readonly string[] {
  const { integrity, resolved, link, inBundle } = locked;
  const findings: string[] = [];
  if (link === true) findings.push('is a link to a directory');
  if (inBundle === true) findings.push('comes within another, and has no hash of its own');
  if (integrity === undefined || !INTEGRITY.test(integrity)) findings.push(`has no hash that holds: ${integrity}`);
  if (resolved !== undefined && !resolved.startsWith(REGISTRY)) findings.push(`comes from ${resolved}`);
  if (!/^(?:node_modules\/(?:@[\w.-]+\/)?[\w.-]+\/?)+$/.test(path)) findings.push('lies where no package should');
  for (const [name, range] of Object.entries({ ...locked.dependencies, ...locked.optionalDependencies })) if (ELSEWHERE.test(range)) findings.push(`asks for ${name} at ${range}`);
  return findings;
}

/** Every package with an install script has an answer, which is no; an answer that nobody asked for is a finding too. */
export function installScriptFindings({ packages }: LockFile, { allowScripts = {} }: Description): readonly string[] {
  const asking = new Set(Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path, locked]) => nameOf(path, locked)));
  return [
    ...[...asking].filter((name) => allowScripts[name] === undefined).map((name) => `${name} has an install script, and nobody has said whether it may run`),
    ...Object.keys(allowScripts).filter((name) => !asking.has(name)).map((name) => `${name} has no install script`),
    ...Object.entries(allowScripts).filter(([name, allowed]) => allowed && !REVIEWED_SCRIPTS.has(name)).map(([name]) => `${name} may run its install script, and nobody has reviewed it`),
  ];
}

/** Those that were read, and are needed. None: what they do (links, a fallback, telemetry) is done at the start, or not at all. */
const REVIEWED_SCRIPTS: ReadonlySet<string> = new Set();

/** Licences that ask for no more than to be named, so that whoever builds on this owes nobody anything. */
export const LICENCES: ReadonlySet<string> = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'Python-2.0', 'Unlicense', 'Zlib']);

/** Where the lock file says nothing: what the package itself says, and where. */
const SAID_ELSEWHERE: Readonly<Record<string, string>> = {
  'passport-strategy@1.0.0': 'MIT', // package.json, in the form of before SPDX
  'pause@0.0.1': 'MIT', // Readme.md
};

export interface LicensedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
}

export function licensedPackages(lock: LockFile): readonly LicensedPackage[] {
  const all = [...shippedPackages(lock)].map(([path, locked]) => ({ name: nameOf(path, locked), version: locked.version!, licence: typeof locked.license === 'string' ? locked.license : null }));
  const each = new Map(all.map((entry) => [`${entry.name}@${entry.version}`, { ...entry, licence: entry.licence ?? SAID_ELSEWHERE[`${entry.name}@${entry.version}`] ?? null }]));
  return [...each.values()].sort((one, other) => (`${one.name} ${one.version}` < `${other.name} ${other.version}` ? -1 : 1));
}

export function licenceFindings(lock: LockFile): readonly string[] {
  return licensedPackages(lock).flatMap(({ name, version, licence }) => {
    if (licence === null) return [`${name} ${version} has no licence`];
    return mayShip(licence) ? [] : [`${name} ${version} is under ${licence}`];
  });
}

/** An SPDX expression (annex D) of AND and OR, of which AND binds closer; parentheses around the whole, and nothing deeper. */
export function mayShip(expression: string): boolean {
  const bare = /^\(([^()]*)\)$/.exec(expression)?.[1] ?? expression;
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => LICENCES.has(licence)));
}

/** `docs/licences.md`. */
export function renderLicences(lock: LockFile): string {
  const packages = licensedPackages(lock);
  const licences = [...new Set(packages.map(({ licence }) => licence ?? 'none'))].sort();
  return [
    '# Licences',
    '',
    'Of every package that a release holds, its own licence (Apache-2.0) aside. Generated by `npm run golden` from the lock file; `npm run check` refuses a licence that asks for more than to be named. The texts are in the packages, which ship whole; `sbom.cdx.json` in `dist` of a release says the same to programs.',
    '',
    '| licence | packages |',
    '| --- | --- |',
    ...licences.map((licence) => `| ${licence} | ${packages.filter((each) => (each.licence ?? 'none') === licence).map(({ name, version }) => `${name} ${version}`).join(', ')} |`),
    '',
  ].join('\n');
}
