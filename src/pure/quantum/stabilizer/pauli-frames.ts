import type { TableauGate } from '../gates/clifford-steps.js';
import { uniformWords } from '../random/philox.js';
import { transpose } from './transpose.js';

/** Bits of one block of random numbers. */
const COINS = 128;

/** What a gate does to the Pauli operators of all shots at once, but for their signs, which no measurement sees. */
const FRAME_RULES: Readonly<Record<TableauGate, ((x: Int32Array, z: Int32Array, words: number, a: number, b: number) => void) | null>> = {
  x: null,
  y: null,
  z: null,
  h: (x, z, words, a) => {
    for (let i = a; i < a + words; i++) {
      const kept = x[i] as number;
      x[i] = z[i] as number;
      z[i] = kept;
    }
  },
  s: (x, z, words, a) => {
    for (let i = a; i < a + words; i++) (z[i] as number) ^= x[i] as number;
  },
  sdg: (x, z, words, a) => {
    for (let i = a; i < a + words; i++) (z[i] as number) ^= x[i] as number;
  },
  cx: (x, z, words, a, b) => {
    for (let w = 0; w < words; w++) {
      (x[b + w] as number) ^= x[a + w] as number;
      (z[a + w] as number) ^= z[b + w] as number;
    }
  },
  cz: (x, z, words, a, b) => {
    for (let w = 0; w < words; w++) {
      (z[a + w] as number) ^= x[b + w] as number;
      (z[b + w] as number) ^= x[a + w] as number;
    }
  },
  swap: (x, z, words, a, b) => {
    for (let w = 0; w < words; w++) {
      const [xa, za] = [x[a + w] as number, z[a + w] as number];
      x[a + w] = x[b + w] as number;
      z[a + w] = z[b + w] as number;
      x[b + w] = xa;
      z[b + w] = za;
    }
  },
};

/**
 * By which Pauli operator the state of each shot differs from the reference's: bits of 32 shots to a word, a column for
 * the X and one for the Z of each qubit (C. Gidney, "Stim: a fast stabilizer circuit simulator", Quantum 5, 497 (2021)).
 * Z on a qubit that is certainly 0 changes nothing, and is there in half of the shots: what a gate then makes of it is
 * what makes outcomes differ.
 */
export class PauliFrames {
  readonly words: number;
  private readonly x: Int32Array;
  private readonly z: Int32Array;
  /** Columns of random bits, of the block that is in use. */
  private readonly coins: Int32Array;
  private coinsUsed = 0;

  constructor(qubits: number, private readonly seed: number, private readonly first: number, readonly shots: number) {
    this.words = Math.ceil(shots / 32);
    this.x = new Int32Array(qubits * this.words);
    this.z = new Int32Array(qubits * this.words);
    this.coins = new Int32Array(COINS * this.words);
    for (let qubit = 0; qubit < qubits; qubit++) this.scramble(qubit);
  }

  gate(name: TableauGate, first: number, second: number): void {
    FRAME_RULES[name]?.(this.x, this.z, this.words, first * this.words, second * this.words);
  }

  /** Changes the operator of one shot. */
  flip(qubit: number, slot: number, hasX: boolean, hasZ: boolean): void {
    const [word, bit] = [qubit * this.words + (slot >> 5), 1 << (slot & 31)];
    if (hasX) (this.x[word] as number) ^= bit;
    if (hasZ) (this.z[word] as number) ^= bit;
  }

  /** Changes the operators of all shots. */
  flipAll(qubit: number, hasX: boolean, hasZ: boolean): void {
    for (let i = qubit * this.words; i < (qubit + 1) * this.words; i++) {
      if (hasX) this.x[i] = ~(this.x[i] as number);
      if (hasZ) this.z[i] = ~(this.z[i] as number);
    }
  }

  /** The outcomes of all shots where the reference has `reference`, into a column. */
  measure(qubit: number, reference: number, outcomes: Int32Array): void {
    const all = reference === 1 ? -1 : 0;
    for (let w = 0; w < this.words; w++) outcomes[w] = (this.x[qubit * this.words + w] as number) ^ all;
  }

  /** The reference is |0⟩ there, and so is every shot. */
  reset(qubit: number): void {
    this.x.fill(0, qubit * this.words, (qubit + 1) * this.words);
    this.scramble(qubit);
  }

  /** A qubit has a certain value: Z is an operator that changes nothing. */
  scramble(qubit: number): void {
    const coin = this.coinsUsed % COINS;
    if (coin === 0) this.toss(this.coinsUsed / COINS);
    this.coinsUsed++;
    for (let w = 0; w < this.words; w++) (this.z[qubit * this.words + w] as number) ^= this.coins[coin * this.words + w] as number;
  }

  private toss(draw: number): void {
    const random = new Uint32Array(4);
    const blocks = Array.from({ length: COINS / 32 }, () => new Int32Array(32));
    for (let w = 0; w < this.words; w++) {
      for (let i = 0; i < 32; i++) {
        uniformWords(this.seed, this.first + 32 * w + i, draw, random);
        blocks.forEach((block, k) => (block[i] = random[k] as number));
      }
      blocks.forEach((block, k) => {
        transpose(block);
        block.forEach((bits, j) => (this.coins[(32 * k + j) * this.words + w] = bits));
      });
    }
  }
}
