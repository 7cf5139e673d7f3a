import { describeTotalParser } from './total-parser.js';

/** The same programs each time; others are tried by `npm run test:faults`. */
describeTotalParser({ seed: 20_261_122, numRuns: 1000 });
