import { faultKinds } from '#pure/fault/fault.js';

/**
 * What the registry refuses. The codes are those of the OCI Distribution Specification 1.1 in kebab-case: its clients
 * switch on them, and the dialect of `/v2` spells them back (BLOB_UNKNOWN).
 */
export const REGISTRY_FAULTS = faultKinds({
  'blob-in-use': { status: 405, title: 'A manifest of the repository names the blob.' },
  'blob-unknown': { status: 404, title: 'The repository has no such blob.' },
  'blob-upload-unknown': { status: 404, title: 'There is no such upload: it was never opened, has ended, or has expired.' },
  'blob-upload-invalid': { status: 400, title: 'The upload broke off before it was whole, or a piece of it is not what its range says.' },
  'denied': { status: 403, title: 'The manifest is not given out.' },
  'digest-invalid': { status: 400, title: 'The digest is malformed or is not that of the bytes.' },
  'manifest-blob-unknown': { status: 400, title: 'The manifest names content that the repository does not have.' },
  'manifest-invalid': { status: 400, title: 'This is not a manifest that can be taken.' },
  'manifest-too-large': { status: 413, title: 'The manifest is larger than one may be.' },
  'manifest-unknown': { status: 404, title: 'The repository has no such manifest.' },
  'name-invalid': { status: 400, title: 'This is not a repository name.' },
  'name-unknown': { status: 404, title: 'There is no such repository or project that you may see.' },
  'parameter-invalid': { status: 400, title: 'A parameter or header of the request cannot be understood.' },
  'quota-exceeded': { status: 403, title: 'The project has as many bytes in the registry as it may.' },
  'range-unsatisfiable': { status: 416, title: 'The blob has no such bytes.' },
  'run-under-way': { status: 409, title: 'Such a run is under way.' },
  'size-invalid': { status: 413, title: 'The blob is larger than one may be.' },
  'storage-full': { status: 507, title: 'The registry has no room for more at the moment.' },
  'tag-immutable': { status: 403, title: 'The policy of the project lets nobody move or delete that tag.' },
  'tag-invalid': { status: 400, title: 'This is neither a tag nor a digest.' },
  'tags-changed': { status: 409, title: 'What differs from the ledger is not what that run has shown: look again.' },
  'token-too-narrow': { status: 401, title: 'The token is not for this: ask for one that is.' },
  'transition-refused': { status: 409, title: 'The manifest cannot become that from what it is.' },
  'trusted-key-listed': { status: 409, title: 'The project lists that key already.' },
  'trusted-keys-exhausted': { status: 409, title: 'The project lists as many keys as one may.' },
  'unsupported': { status: 404, title: 'The registry has no such operation.' },
  'upload-out-of-order': { status: 416, title: 'The piece does not begin where the upload ends.' },
  'uploads-exhausted': { status: 429, title: 'You have as many uploads open as one may.' },
});
