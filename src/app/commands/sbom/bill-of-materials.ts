import { createHash } from 'node:crypto';
import { type LockedPackage, type LockFile, nameOf, shippedPackages } from './lock-file.js';

interface Component {
  readonly 'type': 'library';
  readonly 'bom-ref': string;
  readonly 'name': string;
  readonly 'version': string;
  readonly 'scope': 'required' | 'optional';
  readonly 'hashes': readonly { readonly alg: string; readonly content: string }[];
  readonly 'licenses'?: readonly { readonly expression: string }[];
  readonly 'purl': string;
}

export interface BillOfMaterials {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const HASH_NAMES: Readonly<Record<string, string>> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };

/**
 * The CycloneDX 1.6 list of what a release is made of, from the lock file alone: the same lock file gives the same bytes,
 * so it has no time, and its number is a digest of the rest. (`npm sbom` puts both in, and leaves out a package that is
 * needed here and by a tool of the checkout.) A hash is that of the package as it came from the registry; those of the files
 * as they ship are in the release's manifest.
 */
export function billOfMaterials(lock: LockFile, { name, version, license }: { readonly name: string; readonly version: string; readonly license: string }): BillOfMaterials {
  const shipped = shippedPackages(lock);
  const own = `pkg:npm/${name}@${version}`;
  // The same package in two places is one component, which anybody needs who needs either.
  const components = new Map([...shipped].map(([path, locked]) => [purlOf(path, locked), componentOf(path, locked)]));
  const needs = new Map<string, Set<string>>([[own, new Set(needsOf('', lock.packages['']!, shipped))]]);
  for (const [path, locked] of shipped) {
    const ref = purlOf(path, locked);
    needs.set(ref, new Set([...(needs.get(ref) ?? []), ...needsOf(path, locked, shipped)]));
  }
  const body = {
    metadata: { component: { 'type': 'application', 'bom-ref': own, name, version, 'licenses': [{ expression: license }], 'purl': own } },
    components: [...components.values()].sort(byRef),
    dependencies: [...needs].map(([ref, on]) => ({ ref, dependsOn: [...on].sort() })).sort((one, other) => (one.ref < other.ref ? -1 : 1)),
  };
  return { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: serialOf(JSON.stringify(body)), version: 1, ...body };
}

/** As a file. */
export const formatBillOfMaterials = (bill: BillOfMaterials): string => `${JSON.stringify(bill, null, 1)}\n`;

function componentOf(path: string, locked: LockedPackage): Component {
  const ref = purlOf(path, locked);
  return {
    'type': 'library',
    'bom-ref': ref,
    'name': nameOf(path, locked),
    'version': locked.version!,
    'scope': locked.optional === true ? 'optional' : 'required',
    'hashes': (locked.integrity ?? '').split(' ').filter((each) => each !== '').map(hashOf),
    ...(typeof locked.license === 'string' ? { licenses: [{ expression: locked.license }] } : {}),
    'purl': ref,
  };
}

/** The package URL, whose one reserved character here is the @ of a scope. */
function purlOf(path: string, locked: LockedPackage): string {
  return `pkg:npm/${nameOf(path, locked).replace(/^@/, '%40')}@${locked.version}`;
}

/** Subresource integrity is base64, CycloneDX hexadecimal. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const dash = integrity.indexOf('-');
  const alg = HASH_NAMES[integrity.slice(0, dash)];
  if (alg === undefined) throw new Error(`package-lock.json has a hash of another kind: ${integrity.slice(0, dash)}`);
  return { alg, content: Buffer.from(integrity.slice(dash + 1), 'base64').toString('hex') };
}

/** As Node looks for a module: beside who asks, then beside each that this one lies in. What is not there was optional. */
function needsOf(path: string, { dependencies, optionalDependencies, peerDependencies }: LockedPackage, shipped: ReadonlyMap<string, LockedPackage>): readonly string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).flatMap((name) => {
    for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1))) {
      const at = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
      const found = shipped.get(at);
      if (found !== undefined) return [purlOf(at, found)];
      if (from === '') return [];
    }
  });
}

const byRef = (one: Component, other: Component): number => (one['bom-ref'] < other['bom-ref'] ? -1 : 1);

/** RFC 9562 §5.8: a UUID of version 8, whose bits are those of a digest. */
function serialOf(text: string): string {
  const digest = createHash('sha256').update(text).digest().subarray(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return `urn:uuid:${digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
