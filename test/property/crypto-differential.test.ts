import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DIGESTS, SIGNATURE_DIGESTS, SKI_DIGESTS } from '../../src/crypto/algorithms.ts';
import {
  EXTENDED_KEY_USAGES,
  KEY_USAGES,
  type CertificateRequest,
  type CryptoProvider,
} from '../../src/crypto/provider.ts';
import { certificateFields } from '../support/certificate-fields.ts';
import { certificateRequest, policy } from '../support/certificate-requests.ts';
import { longRun } from '../support/environment.ts';
import { asFailure } from '../support/failures.ts';
import { NOW } from '../support/pki.ts';
import { openNative, openPure } from '../support/providers.ts';

const runs = (short: number): { numRuns: number } => ({ numRuns: longRun ? 50 * short : short });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

const digestName = fc.constantFrom(...DIGESTS.map((row) => row.name));
const macDigest = fc.constantFrom(...SIGNATURE_DIGESTS);
const aesKey = fc.constantFrom(16, 24, 32).chain((length) => bytes(length, length));

describe('native and pure agree on random input', () => {
  it('for digests, one by one and in batches', async () => {
    await compare(fc.tuple(digestName, bytes(0, 3000)), ({ digests }, [name, input]) =>
      digests.hex(name, input),
    );
    const pieces = fc.array(bytes(0, 200), { maxLength: 20 });
    await compare(fc.tuple(digestName, pieces), ({ digests }, [name, inputs]) => {
      const offsets = [0];
      for (const input of inputs) offsets.push((offsets.at(-1) ?? 0) + input.length);
      const output = new Uint8Array(inputs.length * 64);
      digests.batch(name, Buffer.concat(inputs), Uint32Array.from(offsets), output);
      return output;
    });
  });

  it('for key wrap, in both modes and both directions', async () => {
    const input = fc.tuple(fc.constantFrom('kw', 'kwp'), aesKey, bytes(1, 80), bytes(0, 96));
    await compare(input, ({ keyWrap }, [mode, kek, key, noise]) => {
      const handle = keyWrap.importKey(Uint8Array.from(kek));
      const wrapped = new Uint8Array(96);
      const unwrapped = new Uint8Array(96);
      return [
        outcome(() => keyWrap.wrap(mode, handle, key, wrapped)),
        wrapped,
        outcome(() => keyWrap.unwrap(mode, handle, noise, unwrapped)),
        unwrapped,
      ];
    });
  });

  it('for AES-GCM', async () => {
    const input = fc.tuple(aesKey, bytes(12, 12), bytes(0, 300), bytes(0, 100));
    await compare(input, ({ aead }, [key, nonce, plaintext, data]) =>
      aead.seal(key, nonce, plaintext, data),
    );
    await compare(input, ({ aead }, [key, nonce, noise, data]) =>
      outcome(() => aead.open(key, nonce, noise, data)),
    );
  });

  it('for HMAC and key derivation', async () => {
    await compare(
      fc.tuple(macDigest, bytes(0, 300), bytes(0, 300)),
      ({ macs }, [name, key, data]) => outcome(() => macs.hmac(name, key, data)),
    );
    const length = fc.integer({ min: 0, max: 1100 });
    const input = fc.tuple(macDigest, bytes(10, 100), bytes(0, 60), bytes(0, 60), length);
    await compare(input, ({ macs }, [name, key, label, context, size]) =>
      outcome(() => macs.kbkdf(name, key, label, context, size)),
    );
  });

  it(
    'for certificates, field by field and extension by extension',
    { timeout: 600_000 },
    async () => {
      const [native, pure] = await Promise.all([openNative(), openPure()]);
      const base = await certificateRequest();
      const issue = async (provider: CryptoProvider, request: CertificateRequest) => {
        const certificate = await provider.certificates.issue(request);
        return { ...certificateFields(certificate), serialNumber: '' };
      };
      await fc.assert(
        fc.asyncProperty(certificateChanges, async (changes) => {
          const request = { ...base, ...changes };
          const ours = await settled(() => issue(native, request));
          const theirs = await settled(() => issue(pure, request));
          expect(ours).toEqual(theirs);
        }),
        runs(60),
      );
    },
  );
});

const subjectEntry = fc.tuple(
  fc.constantFrom('C', 'ST', 'O', 'OU', 'L', 'CN', 'CN ', 'DC', ''),
  fc.constantFrom('=', '=', '=', ''),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const time = fc.option(
  fc.integer({ min: NOW - 4000, max: NOW + 366 * 86_400 }).map((seconds) => BigInt(seconds)),
  { nil: undefined },
);
const basicConstraints = fc.oneof(
  fc.constant({ ca: false }),
  fc.constant({ ca: true }),
  fc.integer({ min: 0, max: 255 }).map((pathLength) => ({ ca: true, pathLength })),
);

const certificateChanges: fc.Arbitrary<Partial<CertificateRequest>> = fc
  .record({
    subject: fc.option(
      fc
        .array(subjectEntry, { maxLength: 5 })
        .map((parts) => parts.map((part) => part.join('')).join(',')),
      { nil: undefined },
    ),
    notBefore: time,
    notAfter: time,
    crlDistributionPoints: fc.array(fc.webUrl(), { maxLength: 4 }),
    format: fc.constantFrom('pem' as const, 'der' as const),
    policy: fc
      .record({
        keyUsage: fc.subarray([...KEY_USAGES]),
        extendedKeyUsage: fc.shuffledSubarray([...EXTENDED_KEY_USAGES]),
        basicConstraints,
        skiDigest: fc.constantFrom(...SKI_DIGESTS),
        signatureDigest: fc.constantFrom(...SIGNATURE_DIGESTS),
      })
      .map(policy),
  })
  .map(({ subject, notBefore, notAfter, ...rest }) => ({
    ...rest,
    ...(subject === undefined ? {} : { subject }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
  }));

/** Runs `operation` on both providers and expects the same result, as bytes or as values. */
async function compare<T>(
  input: fc.Arbitrary<T>,
  operation: (provider: CryptoProvider, input: T) => unknown,
): Promise<void> {
  const [native, pure] = await Promise.all([openNative(), openPure()]);
  fc.assert(
    fc.property(input, (value) => {
      expect(comparable(operation(native, value))).toEqual(comparable(operation(pure, value)));
    }),
    runs(200),
  );
}

/** A Buffer and a Uint8Array of the same bytes are the same answer. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return Array.isArray(value) ? value.map(comparable) : value;
}

/** The result of `operation`, or what it failed with. */
function outcome(operation: () => Uint8Array | number): unknown {
  try {
    return comparable(operation());
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

/** The same for an operation that takes its time. */
async function settled<T>(operation: () => Promise<T>): Promise<unknown> {
  try {
    return await operation();
  } catch (error) {
    return asFailure(error);
  }
}
