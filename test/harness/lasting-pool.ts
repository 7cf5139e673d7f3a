import { isMainThread } from 'node:worker_threads';

/**
 * For `--import` of a process whose memory is searched: all buffers but the largest come of one slab, which is held as
 * long as it is not used up. What nobody wiped is found then, where otherwise it takes luck: a neighbour that lives on.
 */
const SLAB_BYTES = (isMainThread ? 32 : 4) * 2 ** 20;

Buffer.poolSize = SLAB_BYTES;
// More than is left of the slab before.
Buffer.allocUnsafe(8 * 1024);
