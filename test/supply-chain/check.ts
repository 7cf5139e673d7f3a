import { readFileSync } from 'node:fs';
import { billOfMaterials } from '../../src/app/commands/sbom/bill-of-materials.js';
import type { LockFile } from '../../src/app/commands/sbom/lock-file.js';
import { billFindings } from './bill-findings.js';
import { type Description, installScriptFindings, licenceFindings, lockFindings } from './package-rules.js';
import { buildFindings } from './reproducible-build.js';
import { leaksInHistory, leaksInTree } from './secret-scan.js';

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const lock = read('package-lock.json') as LockFile;
const description = read('package.json') as Description & { readonly name: string; readonly version: string; readonly license: string };

/** What `npm run check` asks of everything that is not written here, or must never be: each answers with what it found. */
const CHECKS: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
  'lock-file': () => lockFindings(lock, description),
  'install-scripts': () => installScriptFindings(lock, description),
  'licences': () => licenceFindings(lock),
  'bill-of-materials': () => billFindings(billOfMaterials(lock, description), lock),
  'secrets': async () => [...leaksInTree('.'), ...(await leaksInHistory('.'))],
  'build': () => buildFindings('.'),
};

const findings: string[] = [];
for (const name of process.argv.slice(2)) {
  const check = CHECKS[name];
  if (check === undefined) throw new Error(`no check is called ${name}: there are ${Object.keys(CHECKS).join(', ')}`);
  findings.push(...(await check()).map((finding) => `${name}: ${finding}`));
}
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
