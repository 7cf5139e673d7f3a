import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DIALECTS } from '#platform/http/dialect-renderers.js';
import { CATALOGUE } from '../../src/app/catalogue.js';

/** OCI Distribution Specification 1.1, "Error Codes": `code` MUST be one of these. */
const CODES = [
  'BLOB_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_INVALID', 'MANIFEST_UNKNOWN',
  'NAME_INVALID', 'NAME_UNKNOWN', 'SIZE_INVALID', 'UNAUTHORIZED', 'DENIED', 'UNSUPPORTED', 'TOOMANYREQUESTS',
];

/** What clients of `/v2` and `/token` are told, for everything that these refuse by a fault of their own or of the pipeline. */
const TOLD: Readonly<Record<string, string>> = {
  'blob-in-use': 'DENIED',
  'blob-unknown': 'BLOB_UNKNOWN',
  'blob-upload-invalid': 'BLOB_UPLOAD_INVALID',
  'blob-upload-unknown': 'BLOB_UPLOAD_UNKNOWN',
  'denied': 'DENIED',
  'digest-invalid': 'DIGEST_INVALID',
  'manifest-blob-unknown': 'MANIFEST_BLOB_UNKNOWN',
  'manifest-invalid': 'MANIFEST_INVALID',
  'manifest-too-large': 'SIZE_INVALID',
  'manifest-unknown': 'MANIFEST_UNKNOWN',
  'name-invalid': 'NAME_INVALID',
  'name-unknown': 'NAME_UNKNOWN',
  'parameter-invalid': 'UNSUPPORTED',
  'quota-exceeded': 'DENIED',
  'range-unsatisfiable': 'SIZE_INVALID',
  'size-invalid': 'SIZE_INVALID',
  'tag-immutable': 'DENIED',
  'tag-invalid': 'MANIFEST_INVALID',
  'token-too-narrow': 'UNAUTHORIZED',
  'unsupported': 'UNSUPPORTED',
  'upload-out-of-order': 'BLOB_UPLOAD_INVALID',
  'uploads-exhausted': 'TOOMANYREQUESTS',
  'body-too-large': 'SIZE_INVALID',
  'forbidden': 'DENIED',
  'method-not-allowed': 'UNSUPPORTED',
  'not-found': 'NAME_UNKNOWN',
  'too-many-requests': 'TOOMANYREQUESTS',
  'unauthenticated': 'UNAUTHORIZED',
};

interface Told {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

describe('OCI distribution: errors', () => {
  const kinds = new Map(CATALOGUE.faults.map((kind) => [kind.code, kind]));
  const told = (code: string, more: object = {}): Told => {
    const { status, title } = kinds.get(code) ?? assert.fail(`no fault is called ${code}`);
    const { errors } = JSON.parse(DIALECTS.oci.body({ code, status, title, instance: '/v2/app/manifests/x', requestId: 'r-1', ...more })) as { errors: Told[] };
    assert.equal(errors.length, 1);
    return errors[0]!;
  };

  for (const [code, expected] of Object.entries(TOLD)) it(`${code} is ${expected}`, () => assert.equal(told(code).code, expected));

  it('has no other code in any answer of 4xx, whatever is refused', () => {
    for (const { code, status } of kinds.values()) if (status < 500) assert.ok(CODES.includes(told(code).code), code);
  });

  it('calls a fault of ours none of theirs', () => {
    for (const { code, status } of kinds.values()) if (status >= 500) assert.equal(told(code).code, 'UNKNOWN', code);
  });

  it('has a message for people, and as its detail our own code, the request, and the fields that are wrong', () => {
    const pointers = [{ pointer: '/layers/0/size', code: 'manifest', detail: 'A size is a number of bytes.' }];
    assert.deepEqual(told('manifest-invalid', { detail: 'A size is a number of bytes.', pointers, members: { bytesAllowed: 5 } }), {
      code: 'MANIFEST_INVALID',
      message: 'A size is a number of bytes.',
      detail: { bytesAllowed: 5, code: 'manifest-invalid', requestId: 'r-1', errors: pointers },
    });
    assert.deepEqual(told('manifest-unknown').detail, { code: 'manifest-unknown', requestId: 'r-1' });
  });
});
