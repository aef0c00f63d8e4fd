import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { DIGESTS, SKI_DIGESTS } from '../../../../src/crypto/algorithms.ts';
import { loadAddon } from '../../../../src/addon/load-addon.ts';
import { isErrorCode } from '../../../../src/errors/index.ts';
import { certificateFields } from '../../../support/certificate-fields.ts';
import { certificateRequest, policy } from '../../../support/certificate-requests.ts';
import { openNative } from '../../../support/providers.ts';

describe('the tables that the core and TypeScript share', () => {
  const { addon } = loadAddon();

  it('has every code of the core as a row of the error table', () => {
    const codes = addon.errorCodes();
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('numbers the digests alike', () => {
    expect(addon.digestNames()).toEqual(DIGESTS.map((row) => row.name));
    expect(DIGESTS.map((row) => row.id)).toEqual(DIGESTS.map((_, index) => index));
  });

  it('gives every digest the length of its row', async () => {
    const { digests } = await openNative();
    for (const { name, outputLength } of DIGESTS) {
      expect(digests.hex(name, new Uint8Array(0)), name).toHaveLength(2 * outputLength);
    }
  });

  it('numbers the digests of subject key identifiers alike', async () => {
    const { certificates } = await openNative();
    for (const skiDigest of SKI_DIGESTS) {
      const request = await certificateRequest({ policy: policy({ skiDigest }), format: 'der' });
      const fields = certificateFields(await certificates.issue(request));
      // RFC 7093 §2: the hash of the public key's BIT STRING contents, here an uncompressed P-256 point, cut to 160 bits.
      const point = Buffer.from(fields.publicKey, 'hex').subarray(-65);
      const hashed = createHash(skiDigest.replace(/^sha-/, 'sha')).update(point).digest('hex');
      const identifier = fields.extensions.find(({ oid }) => oid === '551d0e');
      expect(identifier?.value, skiDigest).toBe(`0414${hashed.slice(0, 40)}`);
    }
  });
});
