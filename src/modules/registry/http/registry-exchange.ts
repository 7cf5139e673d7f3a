import type { FastifyReply, FastifyRequest } from 'fastify';
import { streamedBody } from '#platform/http/streamed-body.js';
import { freeMemory } from '#platform/system/free-memory.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { type MeantPath, parseRegistryPath } from '#pure/oci/registry-path.js';
import { isTag } from '#pure/oci/tag.js';
import { parseChunkRange } from '#pure/oci/upload-range.js';
import type { Principal } from '#pure/principal/principal.js';
import { REGISTRY_FAULTS } from '../domain/registry.faults.js';

/** What a path that no request can mean is answered with. */
const FAULT_OF: Readonly<Record<'invalid-name' | 'invalid-digest' | 'invalid-upload' | 'invalid-reference' | 'unknown', keyof typeof REGISTRY_FAULTS>> = {
  'invalid-name': 'name-invalid',
  'invalid-digest': 'digest-invalid',
  'invalid-upload': 'blob-upload-unknown',
  'invalid-reference': 'tag-invalid',
  unknown: 'unsupported',
};

/** As many names or descriptors as one page of a list has. */
export const PAGE_MAX = 1000;

/** One request to the registry: what its raw URL and headers say, each read once and strictly. */
export class RegistryExchange {
  readonly #query: URLSearchParams;

  constructor(
    readonly principal: Principal,
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
  ) {
    this.#query = new URLSearchParams((request.raw.url ?? '').split('?')[1] ?? '');
  }

  /** What the path means. Faults: name-invalid, digest-invalid, tag-invalid, blob-upload-unknown, unsupported. */
  path(): MeantPath {
    const path = parseRegistryPath((this.request.raw.url ?? '').split('?', 1)[0]!);
    if (path.kind in FAULT_OF) throw new Fault(REGISTRY_FAULTS[FAULT_OF[path.kind as keyof typeof FAULT_OF]]);
    return path as MeantPath;
  }

  /** Null when it was not sent. Of two that differ, a proxy and we might believe another. */
  parameter(name: string): string | null {
    const values = this.#query.getAll(name);
    if (values.length > 1) throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], `query:${name}`, 'repeated', 'Send it once.');
    return values[0] ?? null;
  }

  /** Fault: digest-invalid, also when there is none. */
  digest(name = 'digest'): ContentDigest {
    const values = this.#query.getAll(name);
    const digest = values.length === 1 ? parseContentDigest(values[0]!) : null;
    if (digest === null) throw Fault.at(REGISTRY_FAULTS['digest-invalid'], `query:${name}`, 'digest');
    return digest;
  }

  /** Of a push that names several. Fault: tag-invalid. */
  tags(): readonly string[] {
    const tags = this.#query.getAll('tag');
    if (!tags.every(isTag)) throw Fault.at(REGISTRY_FAULTS['tag-invalid'], 'query:tag', 'tag');
    return tags;
  }

  /** Where a list goes on, and how much of it is wanted. Fault: parameter-invalid. */
  page(): { readonly after: string; readonly limit: number } {
    const wanted = this.parameter('n');
    if (wanted !== null && !/^\d{1,9}$/.test(wanted)) throw Fault.at(REGISTRY_FAULTS['parameter-invalid'], 'query:n', 'number', 'A number of entries.');
    return { after: this.parameter('last') ?? '', limit: Math.min(wanted === null ? PAGE_MAX : Number(wanted), PAGE_MAX) };
  }

  /** From one entry too many: what is shown, with a `Link` to the next page if there is one (RFC 8288). */
  paged<T>(entries: readonly T[], limit: number, lastOf: (entry: T) => string): readonly T[] {
    if (limit === 0 || entries.length <= limit) return entries.slice(0, limit);
    const shown = entries.slice(0, limit);
    const query = new URLSearchParams(this.#query);
    query.set('n', String(limit));
    query.set('last', lastOf(shown.at(-1)!));
    void this.reply.header('Link', `<${(this.request.raw.url ?? '').split('?', 1)[0]!}?${query.toString()}>; rel="next"`);
    return shown;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Without parameters, in lower case; '' where none was sent. */
  contentType(): string {
    return (this.header('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  }

  /** The body, unread. */
  body(): { readonly bytes: AsyncIterable<Uint8Array>; readonly declaredBytes: number | null; readonly first: number | null } {
    const length = this.header('content-length');
    return {
      bytes: passingThrough(streamedBody(this.request)),
      declaredBytes: length === undefined ? null : Number(length),
      first: this.chunkStart(length),
    };
  }

  /** A range that is not as long as the body is one that a proxy has cut. */
  private chunkStart(length: string | undefined): number | null {
    const header = this.header('content-range');
    if (header === undefined) return null;
    const range = parseChunkRange(header);
    if (range === null) throw Fault.at(REGISTRY_FAULTS['blob-upload-invalid'], 'header:content-range', 'range', 'A range is `<first>-<last>`.');
    if (length !== undefined && Number(length) !== range.last - range.first + 1) throw Fault.at(REGISTRY_FAULTS['blob-upload-invalid'], 'header:content-range', 'length', 'The range is not as long as the body.');
    return range.first;
  }
}

/** Whoever asks for the next piece is done with the one before, and the parser has handed it out to nobody else. */
async function* passingThrough(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    freeMemory(piece);
  }
}
