import { permissions } from '#pure/capability/permission.js';

/** What the registry lets roles grant. In the domain because the engine decides again, in the repository's project. */
export const REGISTRY_PERMISSIONS = permissions({
  'registry:ping': { scope: 'manage:registry', everyone: true, description: 'Find out that the registry speaks the OCI distribution protocol.' },
  'registry:pull': { scope: 'manage:registry', whileArchived: true, description: 'Pull images: read manifests and blobs of repositories.' },
  'registry:push': { scope: 'manage:registry', description: 'Push images: write manifests, blobs and tags to repositories.' },
  'registry:delete': { scope: 'manage:registry', description: 'Delete manifests, blobs and tags of repositories.' },
  'registry:pull-quarantined': { scope: 'manage:registry', whileArchived: true, description: 'Pull images that nobody has released yet, from projects that give out only released ones.' },
  'registry:release': { scope: 'manage:registry', description: 'Evaluate, release and deprecate images.' },
  'registry:revoke': { scope: 'manage:registry', whileArchived: true, description: 'Revoke images, so that nobody is given them any more.' },
  'registry:govern': { scope: 'manage:registry', description: 'Change what a project demands of its images, keeps of them, and whose signatures it believes; have its rules of retention followed now.' },
  'registry:maintain': { scope: 'manage:registry', description: 'Collect, scrub and check the whole registry, and accept tags that stand elsewhere than the ledger says.' },
});
