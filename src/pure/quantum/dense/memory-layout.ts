import type { Workspace } from './block-runner.js';
import { bytesOf, realBytes } from './geometry.js';
import type { DensePlan } from './planner.js';

/** Where everything of a run lies in the engine's memory. */
export interface MemoryLayout {
  readonly workspaces: readonly Workspace[];
  readonly blockBytes: number;
  /** All of it. */
  readonly bytes: number;
}

function aligned(address: number, boundary: number): number {
  return Math.ceil(address / boundary) * boundary;
}

/** Blocks are addressed by XOR of offsets, so each lies at a multiple of its size. So does the state, at address 0. */
export function layoutFor({ geometry, imageBase, image, passes }: DensePlan, threads: number): MemoryLayout {
  const blockBits = passes.reduce((most, pass) => Math.max(most, pass.blockBits), geometry.tableBits);
  const blockBytes = bytesOf(blockBits, geometry);
  const scalarBytes = aligned(2 * realBytes(geometry) * 2 ** (blockBits - geometry.tableBits), 64) + 64;
  const scalars = imageBase + image.byteLength;
  const blocks = aligned(scalars + threads * scalarBytes, blockBytes);
  const workspaces = Array.from({ length: threads }, (_, thread) => ({ block: blocks + thread * blockBytes, scalars: scalars + thread * scalarBytes }));
  return { workspaces, blockBytes, bytes: blocks + threads * blockBytes };
}
