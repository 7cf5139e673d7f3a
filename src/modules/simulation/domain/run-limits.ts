/**
 * What bounds one run beside the configuration.
 *
 * Operations after expansion: the largest of the measured programs has 42,000; ten times that is a circuit that nobody
 * wrote by hand, and takes the thread that parses it about 75 MB.
 */
export const OPERATIONS_MAX = 500_000;

/** Bytes of a result: a million outcomes of 40 bits have 50 MB. Far above it Postgres would take a minute over one row. */
export const RESULT_BYTES_MAX = 64 * 1024 * 1024;
