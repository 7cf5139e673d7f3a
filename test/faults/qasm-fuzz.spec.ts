import { describeTotalParser } from '../fuzz/total-parser.js';
import { FAULT_ROUNDS, FAULT_SEED } from './parameters.js';

/* fast-check takes a seed of 32 bits with a sign. */
describeTotalParser({ seed: FAULT_SEED | 0, numRuns: FAULT_ROUNDS * 1000 });
