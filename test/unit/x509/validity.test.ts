import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BrokerError } from '../../../src/errors/index.ts';
import { chooseValidity } from '../../../src/x509/validity.ts';
import { failureOf } from '../../support/failures.ts';

const NOW = 1_750_000_000;
const POLICY = { notBeforeOffset: -3600, notAfterOffset: 7200 };

describe('the validity of a certificate', () => {
  it('is the window of the profile when nothing is asked for', () => {
    expect(chooseValidity(POLICY, NOW, {})).toEqual({
      notBefore: NOW - 3600,
      notAfter: NOW + 7200,
    });
  });

  it('may be narrower than the window, up to its edges', () => {
    const requested = { notBefore: BigInt(NOW - 3600), notAfter: BigInt(NOW - 3600) };
    expect(chooseValidity(POLICY, NOW, requested)).toEqual({
      notBefore: NOW - 3600,
      notAfter: NOW - 3600,
    });
  });

  it('says how far outside the window a time is', async () => {
    const message = async (requested: Parameters<typeof chooseValidity>[2]) =>
      (await failureOf(() => chooseValidity(POLICY, NOW, requested))).message;
    expect(await message({ notBefore: BigInt(NOW - 3605) })).toBe(
      'validNotBefore: 5 seconds before the earliest time the profile allows',
    );
    expect(await message({ notAfter: BigInt(NOW + 7207) })).toBe(
      'validNotAfter: 7 seconds after the latest time the profile allows',
    );
  });

  it('never leaves the window nor the times a certificate can hold', () => {
    const time = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined });
    const nearby = fc.option(
      fc.integer({ min: -8000, max: 8000 }).map((offset) => BigInt(NOW + offset)),
      { nil: undefined },
    );
    const offset = fc.oneof(fc.integer({ min: -9000, max: 9000 }), fc.maxSafeInteger());
    const requested = fc.oneof(fc.tuple(nearby, nearby), fc.tuple(time, time));
    fc.assert(
      fc.property(offset, offset, requested, (before, after, [notBefore, notAfter]) => {
        const window = { notBeforeOffset: before, notAfterOffset: after };
        const asked = {
          ...(notBefore === undefined ? {} : { notBefore }),
          ...(notAfter === undefined ? {} : { notAfter }),
        };
        try {
          const validity = chooseValidity(window, NOW, asked);
          expect(validity.notBefore).toBeGreaterThanOrEqual(NOW + before);
          expect(validity.notAfter).toBeLessThanOrEqual(NOW + after);
          expect(validity.notBefore).toBeLessThanOrEqual(validity.notAfter);
          expect(new Date(validity.notAfter * 1000).getUTCFullYear()).toBeLessThan(10_000);
          expect(new Date(validity.notBefore * 1000).getUTCFullYear()).toBeGreaterThan(1949);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokerError);
          expect((error as BrokerError).code).toMatch(/^VALIDITY_/);
        }
      }),
    );
  });
});
