import { describe, expect, it } from 'vitest';

import { CSR } from '../../../src/x509/document.ts';
import { loadPublicKey, readPublicKey } from '../../../src/x509/public-key.ts';
import { bitString, integer, objectIdentifier, sequence } from '../../support/der-writer.ts';
import { expectFailure } from '../../support/failures.ts';
import { ecKey, rsaKey, rsaSpki, spkiOf } from '../../support/handmade-keys.ts';

describe('a public key', () => {
  it.each([
    ['P-256', 256, 65],
    ['P-384', 384, 97],
    ['P-521', 521, 133],
  ])('on %s has %i bits and a point of %i octets', (curve, bits, length) => {
    const spki = spkiOf(ecKey(curve));
    const key = readPublicKey(spki, CSR);
    expect(key.description).toEqual({ algorithm: 'ECDSA', bits });
    expect(key.bits).toHaveLength(length);
    expect(loadPublicKey(key, CSR).asymmetricKeyType).toBe('ec');
  });

  it.each([1023, 1024, 1025, 1030, 2048])(
    'with an RSA modulus of %i bits has that size',
    (bits) => {
      const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
      modulus.writeUInt8(0xff >> ((8 - (bits % 8)) % 8));
      const { description } = readPublicKey(rsaSpki(modulus, Buffer.of(3)), CSR);
      expect(description).toEqual({ algorithm: 'RSA', bits });
    },
  );

  it('has the size that OpenSSL sees', () => {
    const spki = spkiOf(rsaKey(1024));
    const key = readPublicKey(spki, CSR);
    expect(key.description.bits).toBe(loadPublicKey(key, CSR).asymmetricKeyDetails?.modulusLength);
  });

  it('may have an RSA exponent of 64 bits, not more', async () => {
    const modulus = Buffer.alloc(256, 0xc5);
    readPublicKey(rsaSpki(modulus, Buffer.alloc(8, 0xff)), CSR);
    const longer = Buffer.concat([Buffer.of(1), Buffer.alloc(8, 0xff)]);
    await expectFailure(() => readPublicKey(rsaSpki(modulus, longer), CSR), 'KEY_UNSUPPORTED');
  });

  it('needs the NULL parameters of RSA, and a curve that is named', async () => {
    const numbers = bitString(sequence(integer(Buffer.alloc(256, 0xc5)), integer(Buffer.of(3))));
    const withoutNull = sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1')), numbers);
    await expectFailure(() => readPublicKey(withoutNull, CSR), 'CSR_MALFORMED');
    const withoutCurve = sequence(sequence(objectIdentifier('1.2.840.10045.2.1')), numbers);
    await expectFailure(() => readPublicKey(withoutCurve, CSR), 'CSR_MALFORMED');
  });

  it('has a point of the length of its curve', async () => {
    const point = bitString(Buffer.concat([Buffer.of(4), Buffer.alloc(96)]));
    const curve = objectIdentifier('1.2.840.10045.3.1.7');
    const spki = sequence(sequence(objectIdentifier('1.2.840.10045.2.1'), curve), point);
    await expectFailure(() => readPublicKey(spki, CSR), 'CSR_MALFORMED');
  });
});
