// The reference Core.

import { dashboard, figure, I, lines, percentiles, RATE } from './panels.mjs';
import { certificateFigure, fipsFigure, poolRow, processRow } from './shared-panels.mjs';

export const coreDashboard = dashboard({
  uid: 'krypton-core',
  title: 'Krypton Core',
  description: 'The reference Core: Gateways, their calls, what they have still to hear.',
  instances: 'krypton_core_gateways_connected',
  rows: [
    {
      title: 'Gateways',
      panels: [
        figure({
          title: 'Connected',
          description: 'Gateways with an open stream, and how many are in service.',
          unit: 'short',
          queries: [
            { expr: `sum(krypton_core_gateways_connected${I})`, legend: 'connected' },
            { expr: `sum(krypton_core_gateways${I})`, legend: 'in service' },
          ],
        }),
        figure({
          title: 'Data keys',
          description: 'That the Core knows.',
          unit: 'short',
          queries: [{ expr: `sum(krypton_core_keys${I})`, legend: '' }],
        }),
        fipsFigure(),
        certificateFigure(),
        lines({
          title: 'Directives that wait',
          description: 'What Gateways have not acknowledged: revocations among it.',
          unit: 'short',
          queries: [{ expr: `krypton_core_events_waiting${I}`, legend: '{{instance}}' }],
        }),
        lines({
          title: 'Calls',
          description: 'Of Gateways and administrators, a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_method) (rate(krypton_core_requests_total${I}${RATE}))`,
              legend: '{{rpc_method}}',
            },
          ],
        }),
        lines({
          title: 'Calls that failed',
          description: 'By status, a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_method, status) (rate(krypton_core_requests_total{instance=~"$instance", status!="OK"}${RATE}))`,
              legend: '{{rpc_method}} {{status}}',
            },
          ],
        }),
        lines({
          title: '99th percentile by method',
          description: 'Streams are left out.',
          unit: 's',
          queries: percentiles('krypton_core_request_duration_seconds', {
            by: ['rpc_method'],
            of: [0.99],
          }),
        }),
        lines({
          title: 'KMIP operations',
          description: 'That Gateways have passed on, batch items a second.',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (operation) (rate(krypton_kmip_requests_total${I}${RATE}))`,
              legend: '{{operation}}',
            },
          ],
        }),
      ],
    },
    poolRow(),
    processRow(),
  ],
});
