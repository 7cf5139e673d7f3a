import { registerHooks } from 'node:module';

/**
 * For `node --import`: a server or a command of a spec hashes passwords at the least cost. Each person of each world has a password
 * that is hashed or compared six times. A stored hash names its cost, so whoever reads the database can compare it; what
 * is said of the cost itself is specified in process (password-hasher, password-login).
 */
const substitute = new URL('./least-password-cost.js', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith('/password-hasher.js') && context.parentURL !== substitute ? { url: substitute, format: 'module', shortCircuit: true } : next(specifier, context),
});
