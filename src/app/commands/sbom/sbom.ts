import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { billOfMaterials, formatBillOfMaterials } from './bill-of-materials.js';
import type { LockFile } from './lock-file.js';

/** Where a checkout has it, and a release from there: listed in the manifest, and thereby signed. */
export const SBOM_FILE = 'dist/sbom.cdx.json';

/** `npm run sbom`: what a release of this checkout is made of, as CycloneDX. */
export function writeBillOfMaterials(checkout: string): string {
  const description = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { readonly name: string; readonly version: string; readonly license: string };
  const lock = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as LockFile;
  const text = formatBillOfMaterials(billOfMaterials(lock, description));
  mkdirSync(dirname(join(checkout, SBOM_FILE)), { recursive: true });
  writeFileSync(join(checkout, SBOM_FILE), text);
  return text;
}

if (import.meta.main) {
  writeBillOfMaterials(process.cwd());
  process.stdout.write(`${SBOM_FILE}\n`);
}
