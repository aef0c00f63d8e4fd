import type { CaseName } from '../cases.ts';

/** Where a server is, and the files its clients need. */
export interface Endpoint {
  readonly port: number;
  /** PEM files. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** How requests follow each other. */
export type Pace =
  /** Each connection sends its next request when it has the answer to the last. */
  | { readonly kind: 'closed' }
  /** So many requests a second over all connections in turn, whether the server keeps up or not. */
  | { readonly kind: 'open'; readonly perSecond: number };

/** What a client process is told: one measurement against one server. */
export interface LoadJob {
  readonly endpoint: Endpoint;
  readonly request: CaseName;
  readonly connections: number;
  readonly pace: Pace;
  /** Keys to ask for, in an order of chance. */
  readonly uids: readonly string[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Makes keys before anything is measured. */
export interface FillJob {
  readonly endpoint: Endpoint;
  readonly keys: number;
  readonly connections: number;
}

/** What one measurement gave. Times in microseconds, from the write of a request to the last byte of its answer. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** What was agreed on: `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
  readonly tls: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Said at both ends of the time that counts, so that whoever listens can look at the servers' clocks then. */
export type LoadNote = 'measuring' | 'measured';
