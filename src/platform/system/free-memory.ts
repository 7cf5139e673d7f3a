/** To give back takes a microsecond, to have so much collected two. A record of TLS, which is how bytes may come in, has 16 KiB (RFC 8446 §5.1). */
const FREED_BYTES_MIN = 4 * 1024;

/**
 * Gives the memory of a large buffer back at once, for the only one who holds it: afterwards it has no bytes. The
 * collector counts what lies outside its heap, and marks the whole heap, 200 MiB of a server, once for each 64 MiB or so
 * that were allocated there: bytes that pass through cost more to collect than to hash, encrypt and write together. What
 * is only a part of some memory, such as of the pool that small buffers have theirs from, is left to it.
 *
 * Never of what a write is still to take: the kernel would read memory that somebody else has by then.
 */
export function freeMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.byteLength < FREED_BYTES_MIN || bytes.byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}
