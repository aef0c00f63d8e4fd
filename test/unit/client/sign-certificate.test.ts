import { describe, expect, it } from 'vitest';
import * as wire from '../../../src/generated/cryptobroker/crypto_broker.ts';
import { TransportFailure } from '../../../src/client/transport.ts';
import { clientOver, FakeTransport } from './fake-transport.ts';

const request = {
  profile: 'Default',
  csr: 'CSR',
  caPrivateKey: Buffer.from('KEY'),
  caCert: 'CERT',
};
const descriptor = {
  profile: 'Default',
  operation: 'SignCertificate',
  algorithm: 'ecdsa-with-SHA512',
};

function answering(
  signedCertificate: wire.SignCertificateResponse['signedCertificate'],
): FakeTransport {
  return new FakeTransport(() =>
    wire.SignCertificateResponse.encode({
      signedCertificate,
      descriptor,
      metadata: { id: 'id-1' },
    }).finish(),
  );
}
const answeringPem = (): FakeTransport => answering({ $case: 'pem', value: 'PEM' });

describe('signCertificate', () => {
  it('sends the whole request and returns PEM by default', async () => {
    const transport = answeringPem();
    const result = await clientOver(transport).signCertificate({
      ...request,
      validNotBefore: new Date('2026-01-02T03:04:05.999Z'),
      validNotAfter: 1_900_000_000n,
      subject: 'C=DE, CN=test',
      crlDistributionPoints: ['http://crl.example.com/ca.crl', 'https://[::1]:8443/x?y'],
    });
    expect(result.pem).toBe('PEM');
    expect(result.descriptor).toEqual(descriptor);
    const sent = transport.only();
    expect(sent.path).toBe('/CryptoBroker.CryptoGrpc/SignCertificate');
    expect(wire.SignCertificateRequest.decode(sent.bytes)).toEqual({
      profile: 'Default',
      csr: 'CSR',
      caPrivateKey: 'KEY',
      caCert: 'CERT',
      metadata: { id: 'id-1', deprecation: undefined, traceContext: undefined },
      validNotBefore: 1_767_323_045n,
      validNotAfter: 1_900_000_000n,
      subject: 'C=DE, CN=test',
      crlDistributionPoints: ['http://crl.example.com/ca.crl', 'https://[::1]:8443/x?y'],
      outputFormat: wire.SignCertificateOutputFormat.SIGN_CERTIFICATE_OUTPUT_FORMAT_PEM,
    });
  });

  it('leaves out what the caller leaves out, so that the profile and the CSR decide', async () => {
    const transport = answeringPem();
    await clientOver(transport).signCertificate(request);
    expect(wire.SignCertificateRequest.decode(transport.only().bytes)).toMatchObject({
      validNotBefore: undefined,
      validNotAfter: undefined,
      subject: undefined,
      crlDistributionPoints: [],
    });
  });

  it('returns DER when it is asked for', async () => {
    const transport = answering({ $case: 'der', value: Buffer.from([0x30, 0]) });
    const result = await clientOver(transport).signCertificate({ ...request, outputFormat: 'der' });
    expect(Buffer.from(result.der)).toEqual(Buffer.from([0x30, 0]));
    expect(wire.SignCertificateRequest.decode(transport.only().bytes).outputFormat).toBe(0);
  });

  it.each([
    ['PEM', answering({ $case: 'pem', value: 'PEM' }), 'der'],
    ['DER', answering({ $case: 'der', value: Buffer.from('x') }), 'pem'],
    ['nothing', answering(undefined), 'pem'],
  ] as const)(
    'reports an answer with %s as malformed when the other was asked for',
    async (_, transport, outputFormat) => {
      const signing = clientOver(transport).signCertificate({ ...request, outputFormat });
      await expect(signing).rejects.toMatchObject({ code: 'RESPONSE_MALFORMED' });
    },
  );

  it('wipes the encoded request when the call has ended, well or not, and leaves the key of the caller alone', async () => {
    const succeeding = answeringPem();
    await clientOver(succeeding).signCertificate(request);
    const failing = new FakeTransport(() => {
      throw new TransportFailure('INVALID_ARGUMENT', 'caPrivateKey: cannot be read');
    });
    await expect(clientOver(failing).signCertificate(request)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    for (const { bytes, live } of [succeeding.only(), failing.only()]) {
      expect(Buffer.from(bytes).includes('KEY')).toBe(true);
      expect(live.every((byte) => byte === 0)).toBe(true);
    }
    expect(request.caPrivateKey.toString()).toBe('KEY');
  });

  it.each([
    [{ csr: '' }, 'FIELD_REQUIRED', 'csr: required'],
    [{ caPrivateKey: new Uint8Array() }, 'FIELD_REQUIRED', 'caPrivateKey: required'],
    [{ caCert: undefined }, 'FIELD_REQUIRED', 'caCert: required'],
    [{ caCert: 'x'.repeat(65_537) }, 'FIELD_TOO_LARGE', 'caCert: too large (max 65536)'],
    [{ csr: 1 }, 'INPUT_INVALID', 'csr: must be a string or bytes'],
    [{ subject: 'x'.repeat(1025) }, 'FIELD_TOO_LARGE', 'subject: too large (max 1024)'],
    [
      { crlDistributionPoints: Array(17).fill('http://a') },
      'FIELD_TOO_MANY',
      'crlDistributionPoints: too many entries (max 16)',
    ],
    [
      { crlDistributionPoints: ['http://a', 'ftp://a/b'] },
      'FIELD_NOT_URL',
      'crlDistributionPoints[1]: is not valid URL',
    ],
    [
      { crlDistributionPoints: ['http://'] },
      'FIELD_NOT_URL',
      'crlDistributionPoints[0]: is not valid URL',
    ],
    [
      { crlDistributionPoints: ['nonsense'] },
      'FIELD_NOT_URL',
      'crlDistributionPoints[0]: is not valid URL',
    ],
    [
      { crlDistributionPoints: 'http://a' },
      'INPUT_INVALID',
      'crlDistributionPoints: must be an array of URLs',
    ],
    [
      { crlDistributionPoints: [`http://a/${'x'.repeat(2048)}`] },
      'FIELD_TOO_LARGE',
      'crlDistributionPoints[0]: too large (max 2048)',
    ],
    [
      { validNotBefore: new Date(NaN) },
      'INPUT_INVALID',
      'validNotBefore: must be a valid Date, or whole seconds since 1970',
    ],
    [
      { validNotBefore: 1.5 },
      'INPUT_INVALID',
      'validNotBefore: must be a valid Date, or whole seconds since 1970',
    ],
    [
      { validNotAfter: '2030' },
      'INPUT_INVALID',
      'validNotAfter: must be a valid Date, or whole seconds since 1970',
    ],
    [
      { validNotAfter: -1 },
      'INPUT_INVALID',
      'validNotAfter: must be between 1970 and the 64-bit end of time',
    ],
    [
      { validNotAfter: 2n ** 64n },
      'INPUT_INVALID',
      'validNotAfter: must be between 1970 and the 64-bit end of time',
    ],
  ])('refuses %o without sending it', async (change, code, message) => {
    const transport = answeringPem();
    const signing = clientOver(transport).signCertificate({ ...request, ...change } as never);
    await expect(signing).rejects.toMatchObject({ code, message });
    expect(transport.sent).toHaveLength(0);
  });
});
