import type { Sample } from '../telemetry/metrics/metrics.ts';
import { certificateEnd } from './certificate-end.ts';

/** What a certificate is for, and the PEM file it came in. */
export interface NamedCertificate {
  readonly name: string;
  readonly pem: Uint8Array;
}

/** When each of these files ends, for the metrics. Read once, when the files are: parsing takes longer than a scrape should. */
export function certificateSamples(files: readonly NamedCertificate[]): readonly Sample[] {
  return files.flatMap(({ name, pem }) => {
    const end = certificateEnd(pem);
    if (end === undefined) return [];
    const labels = { certificate: name };
    return [
      {
        name: 'crypto_certificate_not_after_timestamp_seconds' as const,
        labels,
        value: end / 1000,
      },
    ];
  });
}

/** `name` for the first, `name-2` for the second, and so on. */
export function numbered(name: string, files: readonly Uint8Array[]): readonly NamedCertificate[] {
  return files.map((pem, index) => ({ name: index === 0 ? name : `${name}-${index + 1}`, pem }));
}
