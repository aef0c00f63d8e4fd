/** Name of the instrumentation scope of everything that this product exports. */
export const SCOPE_NAME = 'crypto-broker';
