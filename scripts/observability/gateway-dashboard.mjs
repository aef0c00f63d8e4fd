// The Krypton Gateway: KMIP, the link to the Core, the vault.

import { dashboard, figure, I, lines, percentiles, RATE, state } from './panels.mjs';
import { certificateFigure, fipsFigure, poolRow, processRow } from './shared-panels.mjs';

const HOURS = 3600;

export const gatewayDashboard = dashboard({
  uid: 'krypton-gateway',
  title: 'Krypton Gateway',
  description: 'KMIP, the link to the Core, the vault and the outbox of Gateways.',
  instances: 'krypton_link_up',
  rows: [
    {
      title: 'At a glance',
      panels: [
        figure({
          title: 'Serving',
          description: 'Whether KMIP clients are served, on the worst instance.',
          ...state('ready', 'NOT READY'),
          queries: [
            { expr: `min(krypton_ready${I} and on (instance) krypton_link_up)`, legend: '' },
          ],
        }),
        figure({
          title: 'Link',
          description:
            'Whether the Core answers, on the worst instance. Keys are served without it for a time.',
          ...state('up', 'CUT'),
          queries: [{ expr: `min(krypton_link_up${I})`, legend: '' }],
        }),
        figure({
          title: 'Serves without the Core for',
          description:
            'The least time left (max_offline) of all service keys, on the worst instance.',
          unit: 's',
          steps: [
            [null, 'red'],
            [HOURS, 'orange'],
            [4 * HOURS, 'green'],
          ],
          queries: [{ expr: `min(krypton_offline_remaining_seconds${I})`, legend: '' }],
        }),
        figure({
          title: 'Vault',
          description: 'Whether the vault takes new keys, on the worst instance.',
          ...state('writable', 'NOT WRITABLE'),
          queries: [{ expr: `min(krypton_vault_writable${I})`, legend: '' }],
        }),
        fipsFigure(),
        certificateFigure(),
      ],
    },
    {
      title: 'KMIP',
      panels: [
        lines({
          title: 'Operations',
          description: 'Batch items a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (operation) (rate(krypton_kmip_requests_total${I}${RATE}))`,
              legend: '{{operation}}',
            },
          ],
        }),
        lines({
          title: 'Failures by result reason',
          description: 'Batch items a second that failed.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (operation, result) (rate(krypton_kmip_requests_total{instance=~"$instance", result!="success"}${RATE}))`,
              legend: '{{operation}} {{result}}',
            },
          ],
        }),
        lines({
          title: 'Duration',
          description:
            'Percentiles from the last byte of a request to the first of its response. Wanted: p99 below 1 ms.',
          unit: 's',
          queries: percentiles('krypton_kmip_request_duration_seconds', {
            of: [0.5, 0.99, 0.999],
          }),
        }),
        lines({
          title: '99th percentile by operation',
          description:
            'Create waits for the disk; operations that the Core decides wait for the link.',
          unit: 's',
          queries: percentiles('krypton_kmip_request_duration_seconds', {
            by: ['operation'],
            of: [0.99],
          }),
        }),
        lines({
          title: 'Connections',
          description: 'Open KMIP connections.',
          unit: 'short',
          queries: [{ expr: `krypton_kmip_connections${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Connections refused',
          description:
            'A second: failed handshakes, certificates that belong to no client, too many at a time.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (reason) (rate(krypton_kmip_connections_refused_total${I}${RATE}))`,
              legend: '{{reason}}',
            },
          ],
        }),
        lines({
          title: 'Passed on to the Core',
          description: '99th percentile of what the Core decides, by what came of it.',
          unit: 's',
          queries: percentiles('krypton_tunnel_duration_seconds', { by: ['result'], of: [0.99] }),
        }),
        lines({
          title: 'Service keys',
          description:
            'Held in memory, and services for which none is held: no data key can be made for them.',
          unit: 'short',
          queries: [
            { expr: `krypton_service_keys${I}`, legend: '{{instance}} held' },
            { expr: `krypton_services_without_key${I}`, legend: '{{instance}} without' },
          ],
        }),
      ],
    },
    {
      title: 'Link to the Core',
      panels: [
        lines({
          title: 'Since the last answer',
          description: 'Heartbeats keep it below their interval.',
          unit: 's',
          width: 8,
          queries: [{ expr: `krypton_link_last_answer_seconds${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Served without the Core',
          description: 'Seconds left (max_offline), the least of all service keys.',
          unit: 's',
          width: 8,
          queries: [{ expr: `krypton_offline_remaining_seconds${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Reconnects',
          description: 'A minute.',
          unit: 'short',
          width: 8,
          queries: [
            { expr: `60 * rate(krypton_link_reconnects_total${I}${RATE})`, legend: '{{instance}}' },
          ],
        }),
        lines({
          title: 'Outbox',
          description:
            'Events that the Core has not acknowledged. It empties by itself once the link is back.',
          unit: 'short',
          queries: [{ expr: `krypton_outbox_entries${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Oldest event in the outbox',
          description: 'Its age.',
          unit: 's',
          queries: [{ expr: `krypton_outbox_oldest_seconds${I}`, legend: '{{instance}}' }],
        }),
      ],
    },
    {
      title: 'Vault',
      panels: [
        lines({
          title: 'Commits',
          description: 'Percentiles, the fdatasync included: a slow disk shows here first.',
          unit: 's',
          width: 8,
          queries: percentiles('krypton_vault_commit_duration_seconds', { of: [0.5, 0.99] }),
        }),
        lines({
          title: 'Keys',
          description: 'In the vault.',
          unit: 'short',
          width: 8,
          queries: [{ expr: `krypton_vault_keys${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Quarantined rows',
          description:
            'Rows whose check failed. Any at all: somebody or something has changed the file.',
          unit: 'short',
          width: 8,
          queries: [{ expr: `krypton_vault_quarantined_rows${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Size',
          description: 'Of the vault, and what is free where it lies.',
          unit: 'bytes',
          queries: [
            { expr: `krypton_vault_file_bytes${I}`, legend: '{{instance}} vault' },
            { expr: `krypton_vault_free_bytes${I}`, legend: '{{instance}} free' },
          ],
        }),
        lines({
          title: 'Audit entries that wait',
          description: 'Not written yet; a second at most in good health.',
          unit: 'short',
          queries: [{ expr: `krypton_audit_waiting_entries${I}`, legend: '{{instance}}' }],
        }),
      ],
    },
    poolRow(),
    processRow(),
  ],
});
