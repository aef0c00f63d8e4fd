/**
 * Every metric of the programs, by its Prometheus name. Dashboards, alert rules and docs/metrics.md are checked against this
 * table, and the programs can expose nothing that is not in it. The names of the Broker's first rows are the original's.
 */

export type MetricKind = 'counter' | 'gauge' | 'histogram';
export type MetricProgram = 'server' | 'gateway' | 'core';

export interface MetricDefinition {
  readonly kind: MetricKind;
  readonly help: string;
  /** Unit of the value (UCUM); absent: a plain number. */
  readonly unit?: 's' | 'By';
  readonly labels: readonly string[];
  readonly programs: readonly MetricProgram[];
  /** Upper bounds of the classes of a histogram, ascending. */
  readonly bounds?: readonly number[];
}

const ALL = ['server', 'gateway', 'core'] as const;

/** Upper bounds for the duration of a call of the Broker, in seconds. The native data plane counts in the same classes. */
export const REQUEST_BOUNDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
] as const;

/** Upper bounds for KMIP operations and what they wait for, in seconds. */
export const KMIP_BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1,
] as const;

export const METRICS = {
  // The Broker, by the names of the original.
  crypto_requests_total: {
    kind: 'counter',
    help: 'Finished calls by method, gRPC status and profile; profiles that are not known count as "".',
    labels: ['rpc_method', 'status', 'profile'],
    programs: ['server'],
  },
  crypto_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the arrival of a call to its end.',
    unit: 's',
    labels: ['rpc_method', 'status'],
    programs: ['server'],
    bounds: REQUEST_BOUNDS,
  },
  crypto_hash_data_operations_total: operations('HashData'),
  crypto_sign_certificate_operations_total: operations('SignCertificate'),
  crypto_encrypt_data_operations_total: operations('EncryptData'),
  crypto_decrypt_data_operations_total: operations('DecryptData'),
  crypto_sign_data_operations_total: operations('SignData'),
  crypto_verify_data_operations_total: operations('VerifyData'),
  crypto_operations_errors_total: {
    kind: 'counter',
    help: 'Calls that failed, by method and name of the gRPC status.',
    labels: ['rpc_method', 'error_type'],
    programs: ['server'],
  },
  crypto_operation_bytes_processed_total: {
    kind: 'counter',
    help: 'Bytes of request messages.',
    unit: 'By',
    labels: ['rpc_method'],
    programs: ['server'],
  },
  crypto_memory_usage_bytes: {
    kind: 'gauge',
    help: 'Resident memory of the process.',
    unit: 'By',
    labels: [],
    programs: ALL,
  },
  // The Broker, by ours.
  crypto_requests_in_flight: gauge('Calls that have begun and not ended.', ['server']),
  crypto_connections: gauge('Open client connections.', ['server']),
  crypto_call_records_lost_total: {
    kind: 'counter',
    help: 'Call records dropped because they were not taken in time: log lines or spans are missing.',
    labels: [],
    programs: ['server'],
  },
  crypto_profile_info: {
    kind: 'gauge',
    help: 'Always 1; the label names the loaded profiles by the SHA-256 of their file.',
    labels: ['digest'],
    programs: ['server'],
  },
  // Every program.
  crypto_build_info: {
    kind: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node', 'openssl', 'module'],
    programs: ALL,
  },
  crypto_fips_active: gauge(
    '1 while the FIPS provider answers, 0 when FIPS mode is off or the module has failed.',
    ALL,
  ),
  crypto_pool_threads: gauge('Threads of the native pool.', ALL),
  crypto_pool_busy_threads: gauge('Threads of the native pool that are at work.', ALL),
  crypto_pool_queue_depth: gauge('Jobs that wait for a thread of the native pool.', ALL),
  crypto_pool_queue_limit: gauge('Jobs that may wait before calls are refused.', ALL),
  crypto_log_lines_dropped_total: {
    kind: 'counter',
    help: 'Log lines dropped because the log was not read fast enough.',
    labels: [],
    programs: ALL,
  },
  crypto_telemetry_items_total: {
    kind: 'counter',
    help: 'Spans, series and log records by what became of them: exported, failed, or dropped because too many waited.',
    labels: ['signal', 'result'],
    programs: ALL,
  },
  crypto_certificate_not_after_timestamp_seconds: {
    kind: 'gauge',
    help: 'When a certificate ends that the program serves with, dials with or knows its clients by, in seconds since 1970; `tenant-ca:TENANT` is the first of a tenant to end.',
    unit: 's',
    labels: ['certificate'],
    programs: ['gateway', 'core'],
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    help: 'Processor time the process has used.',
    unit: 's',
    labels: [],
    programs: ALL,
  },
  process_start_time_seconds: {
    kind: 'gauge',
    help: 'When the process began, in seconds since 1970.',
    unit: 's',
    labels: [],
    programs: ALL,
  },
  process_open_fds: gauge('Open file descriptors.', ALL),
  process_max_fds: gauge('File descriptors the process may open.', ALL),
  nodejs_eventloop_delay_seconds: {
    kind: 'gauge',
    help: 'How late the event loop was, 99th percentile since the last reading.',
    unit: 's',
    labels: [],
    programs: ALL,
  },
  // The Gateway.
  krypton_kmip_requests_total: {
    kind: 'counter',
    help: 'KMIP operations by name and result reason ("success" when there was none), each item of a batch by itself; messages that were refused as a whole by the operation "message".',
    labels: ['operation', 'result'],
    programs: ['gateway', 'core'],
  },
  krypton_kmip_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the last byte of a KMIP request message to the first of its response, by its first operation.',
    unit: 's',
    labels: ['operation'],
    programs: ['gateway'],
    bounds: KMIP_BOUNDS,
  },
  krypton_kmip_connections: gauge('Open KMIP connections.', ['gateway']),
  krypton_kmip_connections_refused_total: {
    kind: 'counter',
    help: 'KMIP connections that were not served: the TLS handshake failed, the certificate belongs to no client of ours (identity), or there were too many (limit).',
    labels: ['reason'],
    programs: ['gateway'],
  },
  krypton_link_up: gauge('1 while the Core answers on the uplink.', ['gateway']),
  krypton_link_last_answer_seconds: {
    kind: 'gauge',
    help: 'Seconds since the Core answered last.',
    unit: 's',
    labels: [],
    programs: ['gateway'],
  },
  krypton_link_reconnects_total: {
    kind: 'counter',
    help: 'Times the uplink was made anew.',
    labels: [],
    programs: ['gateway'],
  },
  krypton_offline_remaining_seconds: {
    kind: 'gauge',
    help: 'Seconds for which keys are served yet without the Core (max_offline), the least of all service keys.',
    unit: 's',
    labels: [],
    programs: ['gateway'],
  },
  krypton_tunnel_duration_seconds: {
    kind: 'histogram',
    help: 'Time of a request that was passed on to the Core: answered, refused, unreachable, unknown (sent, and no answer came), busy, failed.',
    unit: 's',
    labels: ['result'],
    programs: ['gateway'],
    bounds: KMIP_BOUNDS,
  },
  krypton_services_without_key: gauge(
    'Services for which no key can be made at present, for want of a service key.',
    ['gateway'],
  ),
  krypton_service_keys: gauge('Service keys that are held in memory.', ['gateway']),
  krypton_outbox_entries: gauge('Events that the Core has not acknowledged.', ['gateway']),
  krypton_outbox_oldest_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest event that the Core has not acknowledged.',
    unit: 's',
    labels: [],
    programs: ['gateway'],
  },
  krypton_vault_keys: gauge('Keys in the vault.', ['gateway']),
  krypton_vault_quarantined_rows: gauge('Rows whose check failed: their keys are not served.', [
    'gateway',
  ]),
  krypton_vault_file_bytes: {
    kind: 'gauge',
    help: 'Size of the vault on disk.',
    unit: 'By',
    labels: [],
    programs: ['gateway'],
  },
  krypton_vault_free_bytes: {
    kind: 'gauge',
    help: 'Free space where the vault lies.',
    unit: 'By',
    labels: [],
    programs: ['gateway'],
  },
  krypton_vault_writable: gauge('1 while the vault takes new keys.', ['gateway']),
  krypton_vault_commit_duration_seconds: {
    kind: 'histogram',
    help: 'Time of a commit to the vault, the fdatasync included.',
    unit: 's',
    labels: [],
    programs: ['gateway'],
    bounds: KMIP_BOUNDS,
  },
  krypton_audit_waiting_entries: gauge('Audit entries that are not written yet.', ['gateway']),
  krypton_ready: gauge(
    '1 while clients are served: KMIP clients by a Gateway, Gateways by a Core.',
    ['gateway', 'core'],
  ),
  // The Core.
  krypton_core_gateways: gauge('Gateways that are declared and in service.', ['core']),
  krypton_core_gateways_connected: gauge('Gateways with an open stream.', ['core']),
  krypton_core_requests_total: {
    kind: 'counter',
    help: 'Calls of Gateways and administrators by method and gRPC status.',
    labels: ['rpc_method', 'status'],
    programs: ['core'],
  },
  krypton_core_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time of a call of a Gateway or an administrator, streams excepted.',
    unit: 's',
    labels: ['rpc_method'],
    programs: ['core'],
    bounds: KMIP_BOUNDS,
  },
  krypton_core_keys: gauge('Data keys that the Core knows, counted once a minute.', ['core']),
  krypton_core_events_waiting: gauge('Directives that Gateways have not acknowledged.', ['core']),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

type NameOf<Kind extends MetricKind> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;

/** The labels of a metric, each with its value. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]['labels'][number], string>
>;

function operations(method: string) {
  return {
    kind: 'counter',
    help: `${method} calls that succeeded.`,
    labels: [],
    programs: ['server'],
  } as const;
}

function gauge<const Programs extends readonly MetricProgram[]>(help: string, programs: Programs) {
  return { kind: 'gauge', help, labels: [], programs } as const;
}
