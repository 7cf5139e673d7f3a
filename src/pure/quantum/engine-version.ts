/**
 * The version of everything that turns (circuit, shots, seed, precision) into counts: gate matrices, planning, kernels,
 * random stream, sampling. Counts may change only together with this string, since results are signed with it and a
 * client who repeats a run under the same version is owed the same counts (DESIGN §2, promise 5).
 */
export const ENGINE_VERSION = '2';
