import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { entrypointOf, environmentIn, programOf } from '../harness/shipped-image.js';
import { type Cluster, clusterOf } from './cluster.js';
import { secretsOf } from './settings.js';

export const KUBERNETES = 'docker/kubernetes';
export const OVERLAYS = ['single', 'ha'] as const;

/** What kustomize makes of a directory; fails with its own words. */
export function render(kustomize: string, directory: string): readonly unknown[] {
  const { status, stdout, stderr } = spawnSync(kustomize, ['build', directory], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kustomize build ${directory}: ${stderr}`);
  return documentsOf(stdout);
}

export const secretsExample = (): readonly unknown[] => documentsOf(readFileSync(join(KUBERNETES, 'secrets.example.yaml'), 'utf8'));

function documentsOf(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as unknown;
  });
}

/** With what this checkout says of its image, its routes and its programs. */
export function shippedCluster(documents: readonly unknown[]): Cluster {
  const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
  return clusterOf(documents, {
    secrets: secretsOf(secretsExample()),
    image: { entrypoint: entrypointOf(dockerfile), program: programOf(dockerfile), environment: environmentIn(dockerfile) },
    probePaths: new Set([...readFileSync('docs/routes.md', 'utf8').matchAll(/^\* GET (\/health\/\w+) · public/gm)].map(([, path]) => path!)),
    hasProgram: (path) => path.startsWith('/app/') && existsSync(path.slice('/app/'.length)),
  });
}
