// What people are woken for, and what they look at in the morning.

/**
 * @typedef {object} Alert
 * @property {string} alert
 * @property {string} expr
 * @property {string} for
 * @property {'page' | 'ticket'} severity
 * @property {string} summary one line, with the instance
 * @property {string} meaning what has happened, and what it means for users
 * @property {string} action what to do first
 */

/** @type {readonly {name: string, rules: readonly Alert[]}[]} */
export const ALERT_GROUPS = [
  {
    name: 'crypto-broker',
    rules: [
      {
        alert: 'CryptoFipsInactive',
        expr: 'crypto_fips_active == 0',
        for: '0m',
        severity: 'page',
        summary: 'the FIPS provider of {{ $labels.instance }} does not answer',
        meaning:
          'FIPS mode was switched off, or the module has put itself out of service; in the second case the process ends by itself.',
        action:
          'Look at the start lines of the log, and run `cryptobroker fips` there. If FIPS mode is off on purpose, silence this alert for that instance.',
      },
      {
        alert: 'CryptoBrokerInternalErrors',
        expr: 'sum by (instance, rpc_method) (rate(crypto_operations_errors_total{error_type="INTERNAL"}[5m])) > 0',
        for: '2m',
        severity: 'page',
        summary: 'calls of {{ $labels.rpc_method }} fail inside {{ $labels.instance }}',
        meaning: 'Calls end with INTERNAL: a defect, or a machine that fails.',
        action:
          'Find the lines `call failed inside the server` in the log; each has the incident that the caller got, and the cause.',
      },
      {
        alert: 'CryptoBrokerOverloaded',
        expr: 'sum by (instance) (rate(crypto_operations_errors_total{error_type="RESOURCE_EXHAUSTED"}[5m])) > 0',
        for: '5m',
        severity: 'page',
        summary: '{{ $labels.instance }} refuses calls because its queue is full',
        meaning: 'More is asked than the pool can sign; released clients retry for seconds.',
        action:
          'Give it more CPU, or more instances; `crypto_pool_busy_threads` shows whether the pool is at its limit. A caller that floods shows in the log by its correlation ids.',
      },
      {
        alert: 'CryptoBrokerQueueNearlyFull',
        expr: 'crypto_pool_queue_depth / crypto_pool_queue_limit > 0.5',
        for: '5m',
        severity: 'ticket',
        summary: 'the queue of {{ $labels.instance }} is more than half full',
        meaning: 'Calls wait for a thread; beyond the limit they are refused.',
        action: 'As for CryptoBrokerOverloaded, before it comes to that.',
      },
      {
        alert: 'CryptoBrokerSlow',
        expr: 'histogram_quantile(0.99, sum by (instance, le) (rate(crypto_request_duration_seconds_bucket{rpc_method="HashData"}[5m]))) > 0.005',
        for: '5m',
        severity: 'ticket',
        summary: 'hashes take long on {{ $labels.instance }}',
        meaning:
          'The 99th percentile of HashData inside the server is above 5 ms; in good health it is below 0.1 ms.',
        action: 'Look at the processor time and at CPU limits (throttling) of the container.',
      },
      {
        alert: 'CryptoLogLinesDropped',
        expr: 'increase(crypto_log_lines_dropped_total[10m]) > 0 or increase(crypto_call_records_lost_total[10m]) > 0',
        for: '0m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} has dropped log lines or call records',
        meaning: 'The log, or the traces, are not complete for this time. Calls were not harmed.',
        action:
          'Look at what reads the log, or sample fewer calls; `log.requests: off` leaves the metrics as they are.',
      },
      {
        alert: 'CryptoFileDescriptorsNearlyUsed',
        expr: 'process_open_fds / process_max_fds > 0.8 and on (instance) crypto_build_info',
        for: '5m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} has used four fifths of its file descriptors',
        meaning: 'New connections will be refused when none is left.',
        action:
          'Look for clients that open connections and keep them; raise the limit (`ulimit -n`).',
      },
      {
        alert: 'CryptoProfilesDiffer',
        expr: 'count(count by (digest) (crypto_profile_info)) > 1',
        for: '30m',
        severity: 'ticket',
        summary: 'instances have loaded different profiles',
        meaning: 'A change of profiles has not reached all instances: they answer differently.',
        action: 'Restart those with the old file; the panel "Profiles" says which.',
      },
      {
        alert: 'CryptoCertificateEndsSoon',
        expr: 'crypto_certificate_not_after_timestamp_seconds - time() < 14 * 86400',
        for: '1h',
        severity: 'ticket',
        summary:
          'the certificate {{ $labels.certificate }} of {{ $labels.instance }} ends within two weeks',
        meaning: 'Connections will fail when it has ended.',
        action:
          "Replace the file; it is taken up without a restart (under systemd, whose credentials are copies, restart the service). A tenant's CA: `cryptobroker core tenant trust`.",
      },
      {
        alert: 'CryptoCertificateEndsNow',
        expr: 'crypto_certificate_not_after_timestamp_seconds - time() < 2 * 86400',
        for: '0m',
        severity: 'page',
        summary:
          'the certificate {{ $labels.certificate }} of {{ $labels.instance }} ends within two days',
        meaning: 'Connections will fail when it has ended.',
        action:
          "Replace the file now; it is taken up without a restart (under systemd, whose credentials are copies, restart the service). A tenant's CA: `cryptobroker core tenant trust`.",
      },
    ],
  },
  {
    name: 'krypton-gateway',
    rules: [
      {
        alert: 'KryptonNotReady',
        expr: 'krypton_ready == 0',
        for: '1m',
        severity: 'page',
        summary: '{{ $labels.instance }} serves no clients',
        meaning:
          'A Gateway: the link is cut and no service key may be used any longer, or the Core has taken it out of service. A Core: it does not listen yet, or is stopping.',
        action:
          '`cryptobroker gateway status`, or `cryptobroker core status`, on that machine says why.',
      },
      {
        alert: 'KryptonLinkDown',
        expr: 'krypton_link_up == 0',
        for: '5m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} does not reach the Core',
        meaning:
          'Create and Get go on from what is there; what the Core decides is refused, and revocations do not arrive.',
        action:
          'Look at the network and at the Core; `cryptobroker gateway status` shows the last error of the link.',
      },
      {
        alert: 'KryptonOfflineTimeRunsOut',
        expr: 'krypton_offline_remaining_seconds < 3600 and on (instance) krypton_link_up == 0',
        for: '0m',
        severity: 'page',
        summary: '{{ $labels.instance }} stops serving keys within the hour',
        meaning:
          'When `max_offline` has passed without the Core, the Gateway wipes its service keys and refuses.',
        action:
          'Bring the link back. Nothing on the Gateway can lengthen the time: the Core has signed it.',
      },
      {
        alert: 'KryptonVaultNotWritable',
        expr: 'krypton_vault_writable == 0',
        for: '0m',
        severity: 'page',
        summary: 'the vault of {{ $labels.instance }} takes no new keys',
        meaning: 'Create fails; Get goes on.',
        action:
          'Look at the disk (`krypton_vault_free_bytes`) and at the log. It recovers by itself when there is room.',
      },
      {
        alert: 'KryptonVaultSpaceLow',
        expr: 'krypton_vault_free_bytes < 1e9',
        for: '10m',
        severity: 'ticket',
        summary: 'less than 1 GB is free where the vault of {{ $labels.instance }} lies',
        meaning: 'When it is full, Create fails.',
        action: 'Make room, or enlarge the volume.',
      },
      {
        alert: 'KryptonRowsQuarantined',
        expr: 'krypton_vault_quarantined_rows > 0',
        for: '0m',
        severity: 'page',
        summary: '{{ $value }} rows in the vault of {{ $labels.instance }} have failed their check',
        meaning:
          'The file was changed by something else than the Gateway, or the disk fails. These keys are not served.',
        action:
          'Run `cryptobroker gateway vault check`, keep the file for those who investigate, and restore from a backup.',
      },
      {
        alert: 'KryptonOutboxStuck',
        expr: 'krypton_outbox_oldest_seconds > 300 and on (instance) krypton_link_up == 1',
        for: '5m',
        severity: 'page',
        summary: 'the Core does not take the events of {{ $labels.instance }}',
        meaning:
          'The link is up, and registrations of new keys wait all the same; when the outbox is full, Create is refused.',
        action: 'Look at the log of the Core for that Gateway.',
      },
      {
        alert: 'KryptonNoServiceKeys',
        expr: 'krypton_service_keys == 0 and on (instance) krypton_link_up == 1',
        for: '5m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} holds no service key',
        meaning: 'The Core grants it none: nothing can be served until it does.',
        action: 'Look at the services and policies in the Core.',
      },
      {
        alert: 'KryptonKmipSlow',
        expr: 'histogram_quantile(0.99, sum by (instance, le) (rate(krypton_kmip_request_duration_seconds_bucket{operation="Get"}[5m]))) > 0.001',
        for: '5m',
        severity: 'ticket',
        summary: 'the 99th percentile of Get is above 1 ms on {{ $labels.instance }}',
        meaning: 'The first of two thresholds for KMIP.',
        action: 'Look at processor time, event loop and connections.',
      },
      {
        alert: 'KryptonKmipVerySlow',
        expr: 'histogram_quantile(0.99, sum by (instance, le) (rate(krypton_kmip_request_duration_seconds_bucket{operation="Get"}[5m]))) > 0.005',
        for: '1m',
        severity: 'page',
        summary: 'the 99th percentile of Get is above 5 ms on {{ $labels.instance }}',
        meaning: 'The second of two thresholds for KMIP: clients feel it.',
        action: 'As for KryptonKmipSlow; then take load away.',
      },
      {
        alert: 'KryptonDiskSlow',
        expr: 'histogram_quantile(0.99, sum by (instance, le) (rate(krypton_vault_commit_duration_seconds_bucket[5m]))) > 0.05',
        for: '10m',
        severity: 'ticket',
        summary: 'commits to the vault of {{ $labels.instance }} are slow',
        meaning: 'Create waits for the disk; above 50 ms it is not a disk for a vault.',
        action: 'Use a local disk or a volume with guaranteed writes a second.',
      },
    ],
  },
];
