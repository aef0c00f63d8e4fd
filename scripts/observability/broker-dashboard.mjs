// The Broker: what is asked, how long it takes, what fails.

import { dashboard, figure, I, lines, percentiles, RATE } from './panels.mjs';
import { fipsFigure, poolRow, processRow } from './shared-panels.mjs';

export const brokerDashboard = dashboard({
  uid: 'crypto-broker',
  title: 'Crypto Broker',
  description: 'Calls, durations, errors and resources of the Broker.',
  instances: 'crypto_requests_in_flight',
  rows: [
    {
      title: 'At a glance',
      panels: [
        fipsFigure(),
        figure({
          title: 'Calls',
          description: 'Finished calls a second.',
          unit: 'reqps',
          queries: [{ expr: `sum(rate(crypto_requests_total${I}${RATE}))`, legend: '' }],
        }),
        figure({
          title: 'Failed calls',
          description: 'Share of calls that failed, for whatever reason.',
          unit: 'percentunit',
          steps: [
            [null, 'green'],
            [0.01, 'orange'],
            [0.05, 'red'],
          ],
          queries: [
            {
              expr: `(sum(rate(crypto_operations_errors_total${I}${RATE})) or vector(0)) / sum(rate(crypto_requests_total${I}${RATE}))`,
              legend: '',
            },
          ],
        }),
        figure({
          title: '99th percentile',
          description: 'Of all calls, inside the server.',
          unit: 's',
          queries: percentiles('crypto_request_duration_seconds', { of: [0.99] }),
        }),
        figure({
          title: 'In flight',
          description: 'Calls that have begun and not ended.',
          unit: 'short',
          queries: [{ expr: `sum(crypto_requests_in_flight${I})`, legend: '' }],
        }),
        figure({
          title: 'Connections',
          description: 'Open client connections; a socket takes 1,024 at a time.',
          unit: 'short',
          queries: [{ expr: `sum(crypto_connections${I})`, legend: '' }],
        }),
      ],
    },
    {
      title: 'Calls',
      panels: [
        lines({
          title: 'Calls by method',
          description: 'Finished calls a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_method) (rate(crypto_requests_total${I}${RATE}))`,
              legend: '{{rpc_method}}',
            },
          ],
        }),
        lines({
          title: 'Calls by profile',
          description:
            'Finished calls a second; calls that name no profile, or none that is known, are left out.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (profile) (rate(crypto_requests_total{instance=~"$instance", profile!=""}${RATE}))`,
              legend: '{{profile}}',
            },
          ],
        }),
        lines({
          title: 'Duration',
          description: 'Percentiles inside the server, from the arrival of a call to its end.',
          unit: 's',
          queries: percentiles('crypto_request_duration_seconds'),
        }),
        lines({
          title: '99th percentile by method',
          description: 'Certificates take a hundred times as long as hashes.',
          unit: 's',
          queries: percentiles('crypto_request_duration_seconds', {
            by: ['rpc_method'],
            of: [0.99],
          }),
        }),
        lines({
          title: 'Errors by status',
          description:
            'INVALID_ARGUMENT is a mistake of callers; INTERNAL is one of ours: look for the incident in the log.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_method, error_type) (rate(crypto_operations_errors_total${I}${RATE}))`,
              legend: '{{rpc_method}} {{error_type}}',
            },
          ],
        }),
        lines({
          title: 'Bytes processed',
          description: 'Request messages.',
          unit: 'Bps',
          queries: [
            {
              expr: `sum by (rpc_method) (rate(crypto_operation_bytes_processed_total${I}${RATE}))`,
              legend: '{{rpc_method}}',
            },
          ],
        }),
        lines({
          title: 'Operations that succeeded',
          description: 'By the names of the original.',
          unit: 'ops',
          queries: [
            ['hash_data', 'HashData'],
            ['sign_certificate', 'SignCertificate'],
            ['encrypt_data', 'EncryptData'],
            ['decrypt_data', 'DecryptData'],
            ['sign_data', 'SignData'],
            ['verify_data', 'VerifyData'],
          ].map(([name, legend]) => ({
            expr: `sum(rate(crypto_${name}_operations_total${I}${RATE}))`,
            legend,
          })),
        }),
        lines({
          title: 'Call records lost',
          description:
            'Log lines and spans that are missing because nobody took the records in time.',
          unit: 'cps',
          queries: [
            {
              expr: `rate(crypto_call_records_lost_total${I}${RATE})`,
              legend: '{{instance}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'What runs',
      panels: [
        figure({
          title: 'Versions',
          description: 'How many instances run each.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: `count by (version, openssl, module) (crypto_build_info${I})`,
              legend: '{{version}} / {{openssl}} / {{module}}',
            },
          ],
        }),
        figure({
          title: 'Profiles',
          description:
            'How many instances have loaded each file; more than one for long: a roll-out that hangs.',
          unit: 'short',
          width: 12,
          queries: [{ expr: `count by (digest) (crypto_profile_info${I})`, legend: '{{digest}}' }],
        }),
      ],
    },
    poolRow(),
    processRow(),
  ],
});
