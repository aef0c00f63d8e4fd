/**
 * What the Open Crypto Broker's documentation publishes of itself: measured with Go's benchmark framework and its Go
 * client on an Apple M2 Pro under macOS, ten goroutines where it says parallel. Another machine: to be read beside ours,
 * not divided by them.
 */
export const PUBLISHED_MACHINE = 'Apple M2 Pro';

/** End to end: nanoseconds, bytes and allocations of the client for a call. */
export const PUBLISHED_CALLS = [
  { operation: 'HashData', mode: 'sync', nanoseconds: 87_424, bytes: 9284, allocations: 135 },
  { operation: 'HashData', mode: 'parallel', nanoseconds: 39_441, bytes: 9320, allocations: 135 },
  { operation: 'HealthData', mode: 'sync', nanoseconds: 81_035, bytes: 8406, allocations: 124 },
  { operation: 'HealthData', mode: 'parallel', nanoseconds: 36_971, bytes: 8442, allocations: 124 },
  {
    ...{ operation: 'SignCertificate', mode: 'sync' },
    ...{ nanoseconds: 974_806, bytes: 19_864, allocations: 150 },
  },
  {
    ...{ operation: 'SignCertificate', mode: 'parallel' },
    ...{ nanoseconds: 159_615, bytes: 20_005, allocations: 150 },
  },
] as const;

/** Inside its server, without transport: nanoseconds. `trial`: ours of the same kind. */
export const PUBLISHED_CRYPTO = [
  { name: 'SHA-256', nanoseconds: 419.2, trial: 'digests/sha-256 64 B hex' },
  { name: 'SHA-384', nanoseconds: 635.1, trial: 'digests/sha-384 64 B hex' },
  { name: 'SHA-512', nanoseconds: 698.5, trial: 'digests/sha-512 64 B hex' },
  { name: 'SHA-512/256', nanoseconds: 580.6, trial: 'digests/sha-512/256 64 B hex' },
  { name: 'SHA3-256', nanoseconds: 760.3, trial: 'digests/sha3-256 64 B hex' },
  { name: 'SHA3-384', nanoseconds: 916.4, trial: 'digests/sha3-384 64 B hex' },
  { name: 'SHA3-512', nanoseconds: 1249, trial: 'digests/sha3-512 64 B hex' },
  { name: 'SHAKE-128', nanoseconds: 577, trial: 'digests/shake-128 64 B hex' },
  { name: 'SHAKE-256', nanoseconds: 738.7, trial: 'digests/shake-256 64 B hex' },
  {
    name: 'certificate, default profile (here: P-256 under P-256)',
    nanoseconds: 128_650,
    trial: 'certificates/P-256 under P-256, one at a time',
  },
  {
    name: 'certificate, P-521 under P-521',
    nanoseconds: 2_657_564,
    trial: 'certificates/P-521 under P-521, one at a time',
  },
  {
    name: 'certificate, P-521 under RSA-4096',
    nanoseconds: 1_658_460,
    trial: 'certificates/P-521 under RSA-4096, one at a time',
  },
] as const;
