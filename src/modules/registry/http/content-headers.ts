import type { FastifyReply } from 'fastify';

/** A digest names its bytes for ever; they are still not for shared caches, since who may see them can change. */
const FOR_EVER = 'private, max-age=31536000, immutable';
/** What a tag means is asked each time. */
const FOR_NOW = 'private, no-cache';

export interface SentContent {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType?: string;
  /** It was asked for by a name that can be moved. */
  readonly isByTag?: boolean;
  /** What its state has to say to who pulls it. */
  readonly warning?: string | null;
}

/** Content is anybody's bytes: a browser that opens it must neither run nor guess it. */
export function describeContent(reply: FastifyReply, { digest, sizeBytes, mediaType = 'application/octet-stream', isByTag = false, warning = null }: SentContent): void {
  void reply
    .header('Content-Type', mediaType)
    .header('Content-Length', String(sizeBytes))
    .header('Content-Disposition', 'attachment')
    .header('Content-Security-Policy', "default-src 'none'; sandbox")
    .header('Docker-Content-Digest', digest)
    .header('ETag', `"${digest}"`)
    .header('Accept-Ranges', 'bytes')
    .header('Cache-Control', isByTag ? FOR_NOW : FOR_EVER);
  if (warning !== null) void reply.header('Warning', warning);
}
