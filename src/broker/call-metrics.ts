import type { CallCounter } from '../grpc/call-counts.ts';
import type { Transport } from '../grpc/transport.ts';
import type { CounterName } from '../telemetry/metrics/catalogue.ts';
import type { Metrics, Sample } from '../telemetry/metrics/metrics.ts';

/** What the metrics of a Broker are made of. */
export interface CountedBroker {
  /** Calls of which the transport has told. */
  readonly counted: () => readonly CallCounter[];
  readonly transport: Pick<Transport, 'counters' | 'stats'>;
  /** The short name of the method at a path. */
  readonly nameOf: (path: string) => string;
  /** SHA-256 of the file with the profiles that are in force, in lower-case hex. */
  readonly profiles: () => string;
}

/** Counters of their own for the operations that people count by. */
const OPERATIONS: Readonly<Record<string, CounterName & `crypto_${string}_operations_total`>> = {
  HashData: 'crypto_hash_data_operations_total',
  SignCertificate: 'crypto_sign_certificate_operations_total',
  EncryptData: 'crypto_encrypt_data_operations_total',
  DecryptData: 'crypto_decrypt_data_operations_total',
  SignData: 'crypto_sign_data_operations_total',
  VerifyData: 'crypto_verify_data_operations_total',
};

/** Tells `metrics` of a Broker whenever they are read; nothing is done meanwhile. */
export function reportBroker(metrics: Metrics, broker: CountedBroker): void {
  const { transport } = broker;
  metrics.source(() => [
    ...[...broker.counted(), ...transport.counters()].flatMap((row) => samplesOf(row, broker)),
    {
      name: 'crypto_call_records_lost_total',
      labels: {},
      value: transport.stats().lostRecords,
    },
    { name: 'crypto_profile_info', labels: { digest: broker.profiles() }, value: 1 },
  ]);
  metrics.gauge('crypto_requests_in_flight', {}, () => transport.stats().runningCalls);
  metrics.gauge('crypto_connections', {}, () => transport.stats().connections);
}

/** Series that several rows have in common (generations of a method) are added up by whoever collects them. */
function samplesOf(row: CallCounter, { nameOf }: CountedBroker): readonly Sample[] {
  const method = nameOf(row.path);
  const { status, calls } = row;
  const samples: Sample[] = [];
  const requests = (profile: string, value: number): void => {
    const labels = { rpc_method: method, status, profile };
    samples.push({ name: 'crypto_requests_total', labels, value });
  };
  let unnamed = calls;
  for (const [profile, ofProfile] of row.profiles) {
    unnamed -= ofProfile;
    requests(profile, ofProfile);
  }
  if (unnamed > 0) requests('', unnamed);
  samples.push(
    {
      name: 'crypto_request_duration_seconds',
      labels: { rpc_method: method, status },
      value: { counts: row.durations, sum: row.seconds },
    },
    {
      name: 'crypto_operation_bytes_processed_total',
      labels: { rpc_method: method },
      value: row.requestBytes,
    },
  );
  const operation = OPERATIONS[method];
  if (status !== 'OK') {
    const labels = { rpc_method: method, error_type: status };
    samples.push({ name: 'crypto_operations_errors_total', labels, value: calls });
  } else if (operation !== undefined) {
    samples.push({ name: operation, labels: {}, value: calls });
  }
  return samples;
}
