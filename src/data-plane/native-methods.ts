/**
 * Methods that the addon answers by itself (native/broker), by path. The rows of the method table under these paths are
 * not used by the native transport; they are what the other transport serves, and what the addon is compared with. The
 * addon is asked for them in test/unit/addon/native-methods.test.ts.
 */
export const NATIVE_PATHS: ReadonlySet<string> = new Set([
  '/CryptoBroker.CryptoGrpc/HashData',
  '/CryptoBroker.CryptoGrpc/SignCertificate',
  '/grpc.health.v1.Health/Check',
]);
