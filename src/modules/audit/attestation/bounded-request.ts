/** What came back: status, media type without parameters, and the whole body. */
export interface BoundedAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** Why there is no answer, in words that may be recorded: nothing of the address is in them. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface BoundedRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly timeoutMillis: number;
  /** Of the answer's body; a longer one is no answer. */
  readonly bytesMax: number;
}

/**
 * One exchange with somebody who may hang, drip or flood: it takes as long and as many bytes as it is given, and goes
 * where it was sent, since a redirect would carry it to an address that no operator has named. Credentials in the
 * address become a header, as `fetch` takes none there.
 */
export async function boundedRequest(address: string, { method, body, timeoutMillis, bytesMax }: BoundedRequest): Promise<BoundedAnswer> {
  const url = new URL(address);
  const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'text/plain; charset=utf-8' };
  if (url.username !== '') headers['Authorization'] = `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
  url.username = url.password = '';
  try {
    const signal = AbortSignal.timeout(timeoutMillis);
    const answer = await fetch(url, { method, headers, signal, redirect: 'manual', ...(body === undefined ? {} : { body }) });
    const mediaType = (answer.headers.get('Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
    return { status: answer.status, mediaType, body: await boundedBody(answer, bytesMax) };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer(error instanceof DOMException && error.name === 'TimeoutError' ? `no answer within ${timeoutMillis} ms` : 'no connection', { cause: error });
  }
}

async function boundedBody(answer: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left early, the loop cancels the body and with it the connection.
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new NoAnswer(`an answer of more than ${bytesMax} bytes`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
