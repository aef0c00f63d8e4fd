import {
  SignCertificateOutputFormat,
  SignCertificateResponse,
} from '../generated/cryptobroker/crypto_broker.ts';
// The server's view of the request: the same bytes on the wire, but keys are typed as bytes. A key encoded through the
// client's view would first have to become a string, which cannot be wiped.
import * as request from '../generated/cryptobroker/server_view.ts';
import { CallError } from './call-error.ts';
import { oneOf, requiredBytes, requiredText, text, wrongKind } from './checks.ts';
import { LIMITS } from './limits.ts';
import {
  decodeMetadata,
  encodeMetadata,
  type Descriptor,
  type ResponseMetadata,
} from './metadata.ts';
import { malformedAnswer, type Operation, type ProfileRequest } from './operation.ts';

/** Form of a certificate. */
export type CertificateFormat = 'pem' | 'der';

/** A point in time: a Date (its whole seconds count) or seconds since 1970. */
export type Time = Date | number | bigint;

/** A certificate to issue. PEM as a string or as its bytes, at most 64 KiB each. */
export interface SignCertificateRequest<
  Format extends CertificateFormat = CertificateFormat,
> extends ProfileRequest {
  /** PKCS #10 request. */
  readonly csr: string | Uint8Array;
  /**
   * The CA's unencrypted private key: PKCS #8, SEC1 or PKCS #1. Give bytes rather than a string: bytes never become a
   * string here, you can wipe yours, and the encoded request is wiped when the call has ended.
   */
  readonly caPrivateKey: string | Uint8Array;
  /** The CA's certificate. */
  readonly caCert: string | Uint8Array;
  /** Begin and end of validity; absent: what the profile says, which also bounds what may be asked for. */
  readonly validNotBefore?: Time | undefined;
  readonly validNotAfter?: Time | undefined;
  /** `C=DE, O=Example, CN=name`; absent: the subject of the CSR. */
  readonly subject?: string | undefined;
  /** At most 16 http or https URLs of revocation lists. */
  readonly crlDistributionPoints?: readonly string[] | undefined;
  /** `pem` is the default. */
  readonly outputFormat?: Format | undefined;
}

/** A certificate, as asked for: `pem` or `der`. */
export interface SignCertificateResults {
  readonly pem: SignCertificateResultBase & { readonly pem: string };
  readonly der: SignCertificateResultBase & { readonly der: Uint8Array };
}
export type SignCertificateResult<Format extends CertificateFormat = CertificateFormat> =
  SignCertificateResults[Format];

interface SignCertificateResultBase {
  /** Absent when the server predates descriptors (0.4). */
  readonly descriptor: Descriptor | undefined;
  readonly metadata: ResponseMetadata;
}

const PATH = '/CryptoBroker.CryptoGrpc/SignCertificate';

const WIRE_FORMAT = {
  pem: SignCertificateOutputFormat.SIGN_CERTIFICATE_OUTPUT_FORMAT_PEM,
  der: SignCertificateOutputFormat.SIGN_CERTIFICATE_OUTPUT_FORMAT_DER,
} as const;

const formatOf = (data: SignCertificateRequest): CertificateFormat =>
  oneOf('outputFormat', data.outputFormat ?? 'pem', ['pem', 'der']);

export const signCertificate: Operation<SignCertificateRequest, SignCertificateResult> = {
  path: PATH,
  // Every run issues another certificate with another serial number, which somebody may have to account for.
  idempotent: false,
  secret: true,
  encode: (data, id) =>
    request.SignCertificateRequest.encode({
      profile: requiredText('profile', data.profile, LIMITS.profile),
      csr: requiredBytes('csr', data.csr, LIMITS.pem),
      caPrivateKey: requiredBytes('caPrivateKey', data.caPrivateKey, LIMITS.pem),
      caCert: requiredBytes('caCert', data.caCert, LIMITS.pem),
      metadata: encodeMetadata(id, data),
      validNotBefore: seconds('validNotBefore', data.validNotBefore),
      validNotAfter: seconds('validNotAfter', data.validNotAfter),
      subject:
        data.subject === undefined ? undefined : text('subject', data.subject, LIMITS.subject),
      crlDistributionPoints: urls('crlDistributionPoints', data.crlDistributionPoints ?? []),
      outputFormat: WIRE_FORMAT[formatOf(data)],
    }).finish(),
  decode: (answer, data) => {
    const { signedCertificate, descriptor, metadata } = SignCertificateResponse.decode(answer);
    const common = { descriptor, metadata: decodeMetadata(metadata) };
    switch (signedCertificate?.$case) {
      case 'pem':
        if (formatOf(data) === 'pem') return { ...common, pem: signedCertificate.value };
        break;
      case 'der':
        if (formatOf(data) === 'der') return { ...common, der: signedCertificate.value };
        break;
      case undefined:
    }
    throw malformedAnswer(PATH);
  },
};

const MAX_UINT64 = 2n ** 64n - 1n;

/** Seconds since 1970 as the wire's uint64. */
function seconds(field: string, time: unknown): bigint | undefined {
  if (time === undefined) return undefined;
  const value = time instanceof Date ? Math.floor(time.getTime() / 1000) : time;
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) {
    throw wrongKind(field, 'a valid Date, or whole seconds since 1970');
  }
  const whole = BigInt(value);
  if (whole < 0n || whole > MAX_UINT64)
    throw wrongKind(field, 'between 1970 and the 64-bit end of time');
  return whole;
}

function urls(field: string, values: unknown): string[] {
  if (!Array.isArray(values)) throw wrongKind(field, 'an array of URLs');
  if (values.length > LIMITS.crlDistributionPoints) {
    throw new CallError(
      'FIELD_TOO_MANY',
      `too many entries (max ${LIMITS.crlDistributionPoints})`,
      { field },
    );
  }
  return values.map((value: unknown, index) => url(`${field}[${index}]`, value));
}

function url(field: string, value: unknown): string {
  const checked = text(field, value, LIMITS.crlDistributionPoint);
  const parsed = URL.canParse(checked) ? new URL(checked) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new CallError('FIELD_NOT_URL', 'is not valid URL', { field });
  }
  return checked;
}
