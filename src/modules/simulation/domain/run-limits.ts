/**
 * What bounds one run beside the configuration.
 *
 * Operations after expansion: the largest of the measured programs has 42,000; ten times that is a circuit that nobody
 * wrote by hand, and takes the thread that parses it about 75 MB.
 */
export const OPERATIONS_MAX = 500_000;

/** Circuits of one job: programs of a batch, points of a sweep. */
export const PROGRAMS_MAX = 100;
export const SWEEP_POINTS_MAX = 1_000;
export const ITEMS_MAX = Math.max(PROGRAMS_MAX, SWEEP_POINTS_MAX);

/**
 * What all circuits of a job may come to, after expansion, and the points of a sweep as text: each is read by itself
 * before the job is taken, since values decide types, loops and angles. A thread reads as much in some four seconds.
 */
export const ITEMS_OPERATIONS_MAX = 4 * OPERATIONS_MAX;
export const SWEEP_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes of a result: a million outcomes of 40 bits have 50 MB. Far above it Postgres would take a minute over one row. */
export const RESULT_BYTES_MAX = 64 * 1024 * 1024;

/** Of what all parts of a job gave, which one thread holds while it merges them: outcomes that several parts saw are in each of them. */
export const PART_RESULTS_BYTES_MAX = 2 * RESULT_BYTES_MAX;
