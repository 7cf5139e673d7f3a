import { absent, configured, documented, open, type Requirement, tested } from '../requirement.js';

const NO_HTTP2 = 'only HTTP/1.1 is spoken';
const NO_GRAPHQL = 'there is no GraphQL';
const NO_WEBSOCKET = 'there is no WebSocket';
const NO_ARCHIVES = 'nothing that is pushed is unpacked or interpreted';

/** V4: API and web service. */
export const V4: readonly Requirement[] = [
  tested('V4.1.1', 1, 'type of every body', 'content-types', 'src/app/malformed-http.spec.ts'),
  tested('V4.1.2', 2, 'no redirect from http for programs', 'tls-clear', 'src/app/tls.spec.ts'),
  tested('V4.1.3', 2, 'headers of proxies that clients forge', 'src/app/rate-limits.spec.ts', 'src/app/tls.spec.ts', 'src/platform/config/load-config.spec.ts'),
  tested('V4.1.4', 3, 'only methods that are meant', 'methods-told', 'method-unknown', 'trace', 'src/app/request-pipeline.spec.ts'),
  tested('V4.1.5', 3, 'signatures on single messages', 'src/modules/audit/alerting/webhook-sink.spec.ts', 'src/pure/transparency-log/receipt.spec.ts', 'test/e2e/webhooks.spec.ts'),
  tested('V4.2.1', 2, 'one end of every message', 'length-and-chunked', 'length-twice', 'header-folded', 'src/app/malformed-http.spec.ts'),
  configured('V4.2.2', 3, 'the length that is sent is right', 'Node.js frames what it sends, and refuses a length that does not fit', 'src/platform/http/http-adapter.ts'),
  absent('V4.2.3', 3, 'connection headers of HTTP/2', NO_HTTP2),
  absent('V4.2.4', 3, 'line ends in headers of HTTP/2', NO_HTTP2),
  tested('V4.2.5', 3, 'URLs and headers that it sends', 'src/platform/outbound/outbound-url.spec.ts', 'src/platform/outbound/outbound-client.spec.ts'),
  absent('V4.3.1', 2, 'cost of GraphQL queries', NO_GRAPHQL),
  absent('V4.3.2', 2, 'GraphQL introspection', NO_GRAPHQL),
  absent('V4.4.1', 1, 'WebSocket over TLS', NO_WEBSOCKET),
  absent('V4.4.2', 2, 'Origin of WebSockets', NO_WEBSOCKET),
  absent('V4.4.3', 2, 'tokens for WebSockets', NO_WEBSOCKET),
  absent('V4.4.4', 2, 'how WebSocket tokens are got', NO_WEBSOCKET),
];

/** V5: files. The files are blobs of the registry, which are bytes under their digest, and programs in JSON. */
export const V5: readonly Requirement[] = [
  documented('V5.1.1', 2, 'what may be uploaded, written', 'types, sizes and what is looked at, of each thing that may be sent', 'docs/limits.md', 'docs/registry.md'),
  tested('V5.2.1', 1, 'size of uploads', 'body-size', 'src/modules/registry/blobs/uploads.spec.ts', 'test/e2e/bad-input.spec.ts'),
  absent('V5.2.2', 1, 'content that fits its type', 'a blob is bytes under the digest that it must have, never opened by the server'),
  tested('V5.2.3', 2, 'size once uncompressed', 'body-compressed', 'src/app/malformed-http.spec.ts'),
  tested('V5.2.4', 3, 'quota of files', 'src/modules/registry/blobs/quotas.spec.ts', 'src/modules/registry/blobs/uploads.spec.ts'),
  absent('V5.2.5', 3, 'symbolic links in archives', NO_ARCHIVES),
  absent('V5.2.6', 3, 'size of images', 'no image is taken'),
  tested('V5.3.1', 1, 'uploads that are executed', 'nosniff', 'files-hidden', 'src/modules/registry/http/registry.controller.spec.ts'),
  tested('V5.3.2', 1, 'paths made of own names', 'src/modules/registry/persistence/storage/container-blob-store.spec.ts', 'src/pure/oci/registry-path.spec.ts'),
  absent('V5.3.3', 3, 'paths within archives', NO_ARCHIVES),
  absent('V5.4.1', 2, 'file names of users', 'no file has a name of its user: a blob is called by its digest'),
  absent('V5.4.2', 2, 'file names that are served', 'none is served'),
  open('V5.4.3', 2, 'uploads scanned for malware', 'a blob is not scanned here; a project may demand signatures and reports of a scanner (docs/registry-governance.md)'),
];

/** V17: WebRTC. */
const NO_WEBRTC = 'there is no WebRTC';
export const V17: readonly Requirement[] = [
  absent('V17.1.1', 2, 'addresses behind TURN', NO_WEBRTC),
  absent('V17.1.2', 3, 'ports of TURN', NO_WEBRTC),
  absent('V17.2.1', 2, 'keys of DTLS', NO_WEBRTC),
  absent('V17.2.2', 2, 'ciphers of DTLS', NO_WEBRTC),
  absent('V17.2.3', 2, 'authentication of SRTP', NO_WEBRTC),
  absent('V17.2.4', 2, 'malformed SRTP', NO_WEBRTC),
  absent('V17.2.5', 3, 'floods of SRTP', NO_WEBRTC),
  absent('V17.2.6', 3, 'races in DTLS', NO_WEBRTC),
  absent('V17.2.7', 3, 'recording under floods', NO_WEBRTC),
  absent('V17.2.8', 3, 'fingerprints of DTLS', NO_WEBRTC),
  absent('V17.3.1', 2, 'floods of signalling', NO_WEBRTC),
  absent('V17.3.2', 2, 'malformed signalling', NO_WEBRTC),
];
