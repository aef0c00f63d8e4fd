import type { DigestName } from '../../crypto/algorithms.ts';
import type { CertificateRequest, CryptoProvider } from '../../crypto/provider.ts';

/**
 * Times operations of a crypto provider for about `milliseconds` each; results are the mean in nanoseconds. A provider
 * that can time itself inside its core is better asked directly: it leaves out the way there and back.
 */
export interface CoreTimer {
  digest(algorithm: DigestName, input: Uint8Array, milliseconds: number): Promise<number>;
  certificate(request: CertificateRequest, milliseconds: number): Promise<number>;
}

/** Operations between two looks at the clock, so that the clock is not what is measured. */
const DIGESTS_PER_LOOK = 64;

/** The timer for a provider without one of its own: calls it like anybody else. */
export function outsideTimer(provider: CryptoProvider, monotonicMs: () => number): CoreTimer {
  return {
    digest: (algorithm, input, milliseconds) => {
      const output = new Uint8Array(64);
      const start = monotonicMs();
      let count = 0;
      let elapsed: number;
      do {
        for (let index = 0; index < DIGESTS_PER_LOOK; index += 1) {
          provider.digests.into(algorithm, input, output);
        }
        count += DIGESTS_PER_LOOK;
        elapsed = monotonicMs() - start;
      } while (elapsed < milliseconds);
      return Promise.resolve((elapsed * 1e6) / count);
    },
    certificate: async (request, milliseconds) => {
      const start = monotonicMs();
      let count = 0;
      let elapsed: number;
      do {
        await provider.certificates.issue(request);
        count += 1;
        elapsed = monotonicMs() - start;
      } while (elapsed < milliseconds);
      return (elapsed * 1e6) / count;
    },
  };
}
