import {
  SignCertificateOutputFormat,
  SignCertificateResponse,
} from '../../generated/cryptobroker/crypto_broker.ts';
import { SignCertificateRequest as WireRequest } from '../../generated/cryptobroker/server_view.ts';
import type { MethodCodec } from '../../grpc/method.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { SignCertificateRequest, SignCertificateResult } from '../methods/sign-certificate.ts';
import { echoMetadata, METADATA_SHAPE } from './metadata.ts';

/** Fields 2 to 4 are texts to clients and bytes here: they are PEM, and a key must not become a string. */
const decode = strictDecoder(WireRequest, {
  1: 'string',
  5: METADATA_SHAPE,
  8: 'string',
  9: 'string',
});

/** SignCertificate of package CryptoBroker, as clients of 0.4 and 0.5 speak it. */
export const signCertificateCodec: MethodCodec<SignCertificateRequest, SignCertificateResult> = {
  decode: (bytes) => {
    const request = decode(bytes);
    // An unknown format is DER, as in the original.
    const pem =
      request.outputFormat === SignCertificateOutputFormat.SIGN_CERTIFICATE_OUTPUT_FORMAT_PEM;
    return {
      profile: request.profile,
      csr: request.csr,
      caPrivateKey: request.caPrivateKey,
      caCert: request.caCert,
      metadata: request.metadata,
      notBefore: request.validNotBefore,
      notAfter: request.validNotAfter,
      subject: request.subject,
      crlDistributionPoints: request.crlDistributionPoints,
      format: pem ? 'pem' : 'der',
    };
  },
  encode: ({ format, certificate, descriptor, metadata }) =>
    SignCertificateResponse.encode({
      metadata: echoMetadata(metadata),
      signedCertificate:
        format === 'pem'
          ? { $case: 'pem', value: Buffer.from(certificate).toString('latin1') }
          : { $case: 'der', value: certificate },
      descriptor,
    }).finish(),
};
