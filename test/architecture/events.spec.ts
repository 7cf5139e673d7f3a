import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../../src/app/catalogue.js';
import { goldenRoutes } from '../golden/golden-routes.js';

/** Events that no route declares, and the file that emits each. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'access.denied': 'src/modules/audit/denial-journal.ts',
  'access.source.block': 'src/modules/auth/blocked-sources.ts',
  'alert.raise': 'src/modules/audit/domain/alert-event.ts',
  'audit.attestation.fail': 'src/modules/audit/attestation/attestor-journal.ts',
  'audit.attestation.recover': 'src/modules/audit/attestation/attestor-journal.ts',
  'audit.denials.lost': 'src/modules/audit/denial-journal.ts',
  'audit.export': 'src/modules/audit/search/ledger-export.ts',
  'audit.log.fork': 'src/modules/audit/attestation/fork-watch.ts',
  'audit.log.name': 'src/modules/audit/log-identity.ts',
  'audit.log.resume': 'src/modules/audit/attestation/log-succession.ts',
  'audit.log.succeed': 'src/modules/audit/attestation/log-succession.ts',
  'audit.prune': 'src/modules/audit/privacy/retention.ts',
  'audit.verify.complete': 'src/modules/audit/verification/verification-record.ts',
  'audit.verify.fail': 'src/modules/audit/verification/verification-record.ts',
  'auth.device.login': 'src/modules/auth/oauth/device-login.ts',
  'auth.invite.accept.failed': 'src/modules/auth/invites/invite-acceptance.ts',
  'auth.login.failed': 'src/modules/auth/login-journal.ts',
  'auth.mfa.challenge': 'src/modules/auth/login-journal.ts',
  'auth.owner.bootstrap': 'src/modules/auth/first-owner.ts',
  'auth.owner.recover': 'src/modules/auth/owner-recovery.ts',
  'auth.refresh.reuse': 'src/modules/auth/refresh-tokens.ts',
  'auth.password.change.failed': 'src/modules/auth/password-change.ts',
  'auth.password.reset.failed': 'src/modules/auth/passwords/password-resets.ts',
  'crypto.signing-key.create': 'src/boot/unseal-keyring.ts',
  'crypto.signing-key.retire': 'src/modules/crypto/signing-keys.ts',
  'crypto.root-key.bind': 'src/boot/unseal-keyring.ts',
  'crypto.root-key.rotate': 'src/app/commands/rotate-root-key.ts',
  'health.probe': 'src/modules/health/database-probes.ts',
  'rbac.approval.request': 'src/modules/rbac/approvals.ts',
  'rbac.approval.use': 'src/modules/rbac/approvals.ts',
  'registry.blob.delete': 'src/modules/registry/blobs/blob-deletion.ts',
  'registry.blob.mount': 'src/modules/registry/blobs/blob-mount.ts',
  'registry.digest.mismatch': 'src/modules/registry/blobs/damaged-blobs.ts',
  'registry.digest.recover': 'src/modules/registry/blobs/damaged-blobs.ts',
  'registry.gc.hide': 'src/modules/registry/upkeep/garbage-collection.ts',
  'registry.gc.remove': 'src/modules/registry/upkeep/garbage-collection.ts',
  'registry.manifest.push': 'src/modules/registry/manifests/manifest-push.ts',
  'registry.scrub.orphans': 'src/modules/registry/upkeep/file-walk.ts',
  'registry.tag.delete': 'src/modules/registry/manifests/tags.ts',
  'registry.tag.accept': 'src/modules/registry/upkeep/tag-acceptance.ts',
  'registry.tag.move': 'src/modules/registry/manifests/tags.ts',
  'registry.tag.remove': 'src/modules/registry/manifests/manifest-deletion.ts',
  'registry.tags.mismatch': 'src/modules/registry/upkeep/tag-checkpoints.ts',
  'registry.upload.cancel': 'src/modules/registry/blobs/uploads.ts',
  'registry.upload.expire': 'src/modules/registry/blobs/upload-sweep.ts',
  'request.fail': 'src/modules/audit/denial-journal.ts',
  'server.backup.create': 'src/app/commands/backup.ts',
  'server.boot.ready': 'src/boot/record-boot.ts',
  'server.integrity.violation': 'src/boot/watch-release.ts',
  'server.restore.complete': 'src/app/recovery/finish-restore.ts',
  'server.secret.rotate': 'src/app/secret-reload.module.ts',
  'simulation.complete': 'src/modules/simulation/job-claims.ts',
  'simulation.fail': 'src/modules/simulation/job-claims.ts',
  'simulation.stop': 'src/modules/simulation/job-claims.ts',
};

/** A deed is what any other method asks for (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Asked by other methods because their clients do; their @Unaudited says why nothing is done. */
const ASKING: ReadonlySet<string> = new Set([
  'PATCH /v2/*',
  'POST /oauth/introspect',
  'POST /token',
  'POST /v1/auth/mfa/challenge',
  'POST /v1/auth/mfa/totp',
  'POST /v1/auth/mfa/webauthn/options',
  'POST /v1/auth/passkeys/options',
  'POST /v1/auth/step-up/options',
  'POST /v1/auth/token/lookup-self',
  'POST /v1/transit/cache-config',
  'POST /v1/transit/config/keys',
  'POST /v1/simulations/estimate',
  'POST /v1/transit/hash',
  'POST /v1/transit/hash/:algorithm',
  'POST /v1/transit/random',
  'POST /v1/transit/random/:bytes',
  'POST /v1/transit/random/:source/:bytes',
  'POST /v1/waveforms/analyze',
  'POST /v1/waveforms/digest',
]);

const routes = goldenRoutes();
const declared = new Set(CATALOGUE.events.map(({ code }) => code as string));
const byRoute = new Set(routes.flatMap(({ event }) => (event === null ? [] : [event])));

/** The source, but for its comments, its specs, the tables of events and the annotations of routes. */
const sources = new Map(
  globSync('src/**/*.ts')
    .filter((path) => !/\.(spec|bench|events)\.ts$/.test(path))
    .map((path) => [path, readFileSync(path, 'utf8').replace(/^\s*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*|@Audited(When|OneOf)?\([^\n]*/gm, '')] as const),
);

/** By its name, or by a template of names: `alert.${step}`. */
function names(source: string, code: string): boolean {
  if (source.includes(`'${code}'`)) return true;
  return [...source.matchAll(/`([a-z]+(?:\.[a-z-]+)*\.)\$\{\w+\}`/g)].some(([, prefix]) => code.startsWith(prefix!));
}

describe('the events of the ledger', () => {
  it('are declared for every route that does something', () => {
    const silent = routes.filter(({ method, url, recording }) => !SAFE.has(method) && recording !== 'audited' && !ASKING.has(`${method} ${url}`)).map(({ method, url }) => `${method} ${url}`);
    assert.deepEqual(silent, [], 'these do something and leave no entry: state @Audited');
  });

  it('are declared by a module before a route or a job may name them', () => {
    const unknown = [...byRoute, ...Object.keys(ELSEWHERE)].filter((code) => !declared.has(code));
    assert.deepEqual(unknown, [], 'no module declares these: add them to its *.events.ts');
  });

  it('are each emitted: by the engine behind a route that declares it, or where this test says', () => {
    const emitted = (code: string): boolean => [...sources.values()].some((source) => names(source, code));
    const unheard = [...declared].filter((code) => !byRoute.has(code) && ELSEWHERE[code] === undefined);
    assert.deepEqual(unheard, [], 'declared, and no route declares to leave them: name the file that emits them in ELSEWHERE, or remove them from their *.events.ts');
    const unsaid = [...byRoute].filter((code) => !emitted(code));
    assert.deepEqual(unsaid, [], 'a route declares these, and nothing in src/ emits them');
  });

  it('are emitted where this test says, and not by a route too', () => {
    for (const [code, path] of Object.entries(ELSEWHERE)) {
      assert.ok(sources.has(path), `${path} is named for ${code} and is not there`);
      assert.ok(names(sources.get(path)!, code), `${path} does not name ${code}`);
      assert.ok(!byRoute.has(code), `a route declares ${code}: take it out of ELSEWHERE`);
    }
  });
});
