import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findingsIn, RULES } from '../kubernetes/check-manifests.js';
import { kindOf, ofKind } from '../kubernetes/cluster.js';
import { KUBERNETES, OVERLAYS, render, shippedCluster } from '../kubernetes/overlays.js';
import { isRecord } from '../kubernetes/place.js';
import { type Seed, SEEDS } from '../kubernetes/seeded-violations.js';
import { programsOfNextDebian } from './install.js';

const named = (name: string): RegExp => new RegExp(`^${name}(?:-[a-z0-9]{10})?$`);

/** A copy of what was rendered, with the change of the seed in it. */
function sown(documents: readonly unknown[], { manifest, path, value }: Seed): readonly unknown[] {
  const copy = structuredClone(documents) as Record<string, unknown>[];
  const [kind, name] = manifest.split('/') as [string, string];
  const names = path.split('/').map((part) => part.replaceAll('~1', '/'));
  const last = names.pop()!;
  let place = copy.find((each) => each['kind'] === kind && named(name).test((each['metadata'] as { name: string }).name)) as Record<string, unknown> | undefined;
  assert.ok(place, `there is no ${manifest}`);
  for (const part of names) place = place![part] as Record<string, unknown>;
  assert.ok(isRecord(place) || Array.isArray(place), `${manifest} has no ${path}`);
  if (value !== undefined) place[last] = value;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else delete place[last];
  return copy;
}

describe('the manifests for Kubernetes', () => {
  const rendered = new Map<string, readonly unknown[]>();
  const scratch = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  let kustomize: string;

  before(() => {
    kustomize = programsOfNextDebian('kustomize').kustomize;
    for (const overlay of OVERLAYS) rendered.set(overlay, render(kustomize, join(KUBERNETES, 'overlays', overlay)));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  /** A kustomization of the operator's own. */
  function renderOwn(name: string, text: (path: (to: string) => string) => string): readonly unknown[] {
    const directory = join(scratch, name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'kustomization.yaml'), text((to) => relative(directory, resolve(KUBERNETES, to))));
    return render(kustomize, directory);
  }

  for (const overlay of OVERLAYS) {
    it(`breaks no rule as ${overlay}, nor with the filter of docker/seccomp.json`, () => {
      assert.deepEqual(findingsIn(shippedCluster(rendered.get(overlay)!)), []);
      const filtered = shippedCluster(renderOwn(overlay, (path) => `resources: [${path(`overlays/${overlay}`)}]\ncomponents: [${path('components/seccomp')}]\n`));
      assert.deepEqual(findingsIn(filtered), []);
      assert.deepEqual(new Set(filtered.pods.map(({ spec }) => JSON.stringify(spec.get('securityContext', 'seccompProfile').value))), new Set(['{"localhostProfile":"quantonium.json","type":"Localhost"}']));
    });
  }

  it('breaks no rule as docs/operations.md has them used', () => {
    const shown = /^```yaml\n(apiVersion: kustomize[^`]*)```/m.exec(readFileSync('docs/operations.md', 'utf8'))![1]!;
    const cluster = shippedCluster(renderOwn('shown', (path) => shown.replaceAll(/\.\.\/docker\/kubernetes\/([\w/]+)/g, (_, to: string) => path(to))));
    assert.deepEqual(findingsIn(cluster), []);
    const images = new Set(cluster.pods.flatMap(({ containers }) => containers.map((container) => container.get('image').text.split('@')[0])));
    assert.deepEqual([...images], ['registry.your.domain/quantonium']);
    assert.ok(ofKind(cluster, 'ConfigMap').some((map) => map.get('data', 'PUBLIC_URL').text === 'https://quantonium.your.domain'));
  });

  it('has for one process one process, and for several both kinds of them', () => {
    const kinds = (overlay: string, kind: string): readonly string[] => ofKind(shippedCluster(rendered.get(overlay)!), kind).map(({ path }) => path);
    assert.deepEqual([kinds('single', 'Deployment'), kinds('single', 'HorizontalPodAutoscaler')], [['Deployment/quantonium-api'], []]);
    assert.deepEqual(kinds('ha', 'Deployment'), ['Deployment/quantonium-api', 'Deployment/quantonium-worker']);
    for (const overlay of OVERLAYS) assert.equal(shippedCluster(rendered.get(overlay)!).manifests.filter((manifest) => kindOf(manifest) === 'Secret').length, 0);
  });

  it('gives every rule something to find', () => assert.deepEqual(Object.keys(SEEDS).sort(), Object.keys(RULES).sort()));

  for (const [rule, seeds] of Object.entries(SEEDS)) {
    for (const seed of seeds) {
      it(`is refused by ${rule} where ${seed.manifest}/${seed.path} is ${seed.value === undefined ? 'not there' : JSON.stringify(seed.value)}`, () => {
        const findings = findingsIn(shippedCluster(sown(rendered.get(seed.overlay)!, seed)));
        const told = seed.told.replaceAll('~1', '/').replace(/^ConfigMap\/[\w-]+/, (name) => `${name}-`);
        const isTold = (finding: string): boolean => finding === `${rule} ${told}` || finding.replace(/^(\S+ ConfigMap\/\S+?-)[a-z0-9]{10}(?=\/|$)/, '$1') === `${rule} ${told}`;
        assert.ok(findings.some(isTold), findings.join('\n') || 'nothing was found');
      });
    }
  }
});
