import { FileProblem, readSmallFile } from '../../../config/read-small-file.ts';
import { BrokerError } from '../../../errors/index.ts';
import type { CollectorPlan } from '../../export-plan.ts';

/** The collector, with what its connections need. */
export interface Collector {
  /** Its address, or this one when the operator gave none. */
  endpoint(usual: string): URL;
  readonly headers: ReadonlyMap<string, string>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly tls: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
  };
}

/** Reads the files that the plan names. CONFIG_INVALID when one cannot be read. */
export function openCollector(plan: CollectorPlan, version: string): Collector {
  const { endpoint, headers, compression, timeoutMs, caFile, certificateFile, keyFile } = plan;
  return {
    endpoint: (usual) => endpoint ?? new URL(usual),
    ...{ headers, compression, timeoutMs },
    userAgent: `crypto-broker/${version}`,
    tls: {
      ...(caFile !== undefined && { ca: read('certificate', caFile) }),
      ...(certificateFile !== undefined && { cert: read('clientCertificate', certificateFile) }),
      ...(keyFile !== undefined && { key: read('clientKey', keyFile) }),
    },
  };
}

/** Bytes of a PEM file: the whole list of CAs of a system is a quarter of it. */
const LARGEST_FILE = 1024 * 1024;

function read(name: string, path: string): Buffer {
  try {
    return readSmallFile(path, { limit: LARGEST_FILE });
  } catch (cause) {
    if (!(cause instanceof FileProblem)) throw cause;
    throw new BrokerError('CONFIG_INVALID', cause.message, {
      field: `telemetry.otlp.${name}`,
      cause,
    });
  }
}
