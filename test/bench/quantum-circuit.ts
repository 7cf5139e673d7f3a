import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The simulator of npm that circuits are compared with: 40 MB with what it needs, and no dependency of this project. */
const PEER = 'quantum-circuit@0.9.250';
const INSTALL_TIMEOUT_MILLIS = 120_000;

interface PeerCircuit {
  importQASM(source: string, done: (errors: readonly unknown[]) => void): void;
  run(): void;
}

type PeerModule = new () => PeerCircuit;

/** Seconds of the process for a program of OpenQASM 2, from text to amplitudes. */
export type PeerRun = (source: string) => number;

/** From a folder where it is installed; without one, from a temporary folder. Null where it cannot be had, which is said. */
export function peerRun(folder: string | undefined): PeerRun | null {
  if (folder !== undefined) return runOf(createRequire(join(folder, 'bench.js'))('quantum-circuit') as PeerModule);
  const directory = mkdtempSync(join(tmpdir(), 'peer-'));
  try {
    const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', directory, PEER], { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MILLIS });
    if (status !== 0) {
      console.log(`${PEER} could not be installed: its column stays empty`);
      return null;
    }
    // Loaded as a whole here, so that the folder can go.
    return runOf(createRequire(join(directory, 'bench.js'))('quantum-circuit') as PeerModule);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runOf(Circuit: PeerModule): PeerRun {
  return (source) => {
    const start = process.cpuUsage();
    const circuit = new Circuit();
    circuit.importQASM(source, (errors) => {
      if (errors.length > 0) throw new Error('the peer does not read the program');
    });
    circuit.run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
}
