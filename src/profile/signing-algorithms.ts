/** Modes in which a profile may sign data; each knows its own algorithms. */
export type SigningMode = 'legacy' | 'hybrid' | 'post-quantum';

export const TRADITIONAL_ALGORITHMS = ['RSA', 'ECDSA', 'Ed25519', 'Ed448'] as const;

/** Parameter sets of FIPS 204 and FIPS 205. */
export const POST_QUANTUM_ALGORITHMS = [
  'ML-DSA-44',
  'ML-DSA-65',
  'ML-DSA-87',
  ...['SHA2', 'SHAKE'].flatMap((hash) =>
    ['128s', '128f', '192s', '192f', '256s', '256f'].map((set) => `SLH-DSA-${hash}-${set}`),
  ),
] as const;

/** Composite ML-DSA (draft-ietf-lamps-pq-composite-sigs): ML-DSA, a traditional algorithm, a hash. */
const COMPOSITE =
  /^MLDSA(44|65|87)-(RSA(2048|3072|4096)-(PSS|PKCS15)|ECDSA-(P256|P384|P521|brainpoolP256r1|brainpoolP384r1)|Ed25519|Ed448)-(SHA256|SHA512|SHAKE256)$/i;

/** Algorithms whose hash is part of them: HashAlg has no meaning there. */
export const OWN_HASH: ReadonlySet<string> = new Set([
  'Ed25519',
  'Ed448',
  ...POST_QUANTUM_ALGORITHMS,
]);

/** The standard's spelling of `name` (any letter case) when `mode` knows it. A composite stays as written. */
export function signingAlgorithm(mode: SigningMode, name: string): string | undefined {
  const same = (known: string) => known.toLowerCase() === name.toLowerCase();
  switch (mode) {
    case 'legacy':
      return TRADITIONAL_ALGORITHMS.find(same);
    case 'post-quantum':
      return POST_QUANTUM_ALGORITHMS.find(same);
    case 'hybrid':
      return COMPOSITE.test(name) ? name : undefined;
  }
}

/** What `signingAlgorithm` accepts, in the words of an error message. */
export function signingAlgorithmWords(mode: SigningMode): string {
  switch (mode) {
    case 'legacy':
      return TRADITIONAL_ALGORITHMS.join(' ');
    case 'post-quantum':
      return 'ML-DSA-44 ML-DSA-65 ML-DSA-87 SLH-DSA-{SHA2,SHAKE}-{128,192,256}{s,f}';
    case 'hybrid':
      return 'composites such as MLDSA65-ECDSA-P256-SHA512';
  }
}
