import type { BillOfMaterials } from '../../src/app/commands/sbom/bill-of-materials.js';
import type { LockFile } from '../../src/app/commands/sbom/lock-file.js';

/**
 * Whether a bill of materials is that of a lock file, by a way of its own: from every directory of the lock file that is not
 * for development to a line `name@version hash`, and from every component back to the same.
 */
export function billFindings({ components, dependencies, metadata }: BillOfMaterials, { packages }: LockFile): readonly string[] {
  const locked = new Set(Object.entries(packages).flatMap(([path, { dev, devOptional, name, version, integrity }]) => {
    if (path === '' || dev === true || devOptional === true) return [];
    return [`${name ?? path.split('node_modules/').at(-1)}@${version} ${Buffer.from(integrity!.split('-')[1]!, 'base64').toString('hex')}`];
  }));
  const listed = new Set(components.map(({ name, version, hashes }) => `${name}@${version} ${hashes[0]?.content}`));
  const refs = new Set(components.map((component) => component['bom-ref']));
  const own = metadata.component['bom-ref'];
  const reached = new Set<string>();
  const waiting = [String(own)];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    for (const next of dependencies.find((each) => each.ref === ref)?.dependsOn ?? []) if (!reached.has(next) && reached.add(next)) waiting.push(next);
  }
  return [
    ...[...locked].filter((line) => !listed.has(line)).map((line) => `the lock file has ${line}, the bill has not`),
    ...[...listed].filter((line) => !locked.has(line)).map((line) => `the bill has ${line}, the lock file has not`),
    ...(refs.size === components.length ? [] : ['a component is there twice']),
    ...[...reached].filter((ref) => !refs.has(ref)).map((ref) => `${ref} is needed, and not there`),
    ...[...refs].filter((ref) => !reached.has(ref)).map((ref) => `${ref} is there, and nobody needs it`),
  ];
}
