/** What a client is asked to do. Each client program reads a JSON array of these and prints an array of answers. */
export type Task =
  | { readonly method: 'health' }
  | {
      readonly method: 'hashData';
      readonly profile: string;
      /** In base64. */
      readonly input: string;
      readonly format: 'hex' | 'raw';
    }
  | {
      readonly method: 'signCertificate';
      readonly profile: string;
      readonly csr: string;
      readonly caPrivateKey: string;
      readonly caCert: string;
      readonly format: 'pem' | 'der';
      readonly subject?: string;
      /** Seconds since 1970. */
      readonly validNotAfter?: number;
      readonly crlDistributionPoints?: readonly string[];
    }
  | { readonly method: 'benchmark' };

/** What came of it: the members that the client's own answer has, or the error it threw. */
export interface Answer {
  readonly status?: string;
  readonly hashAlgorithm?: string;
  readonly hashValueHex?: string;
  /** In base64, as `der`. */
  readonly hashValueRaw?: string;
  readonly pem?: string;
  readonly der?: string;
  readonly descriptor?: {
    readonly profile: string;
    readonly operation: string;
    readonly algorithm: string;
  };
  readonly benchmarks?: readonly string[];
  readonly error?: { readonly code: number; readonly message: string };
}
