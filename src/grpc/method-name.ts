import type { Method } from './method.ts';

/** Name of every method that is not served: callers must not be able to make names up. */
const UNKNOWN = 'unknown';

/** The short names of methods, by their paths: `HashData` for `/CryptoBroker.CryptoGrpc/HashData`. */
export function methodNames(methods: readonly Pick<Method, 'path'>[]): (path: string) => string {
  const names = new Map(methods.map(({ path }) => [path, path.slice(path.lastIndexOf('/') + 1)]));
  return (path) => names.get(path) ?? UNKNOWN;
}
