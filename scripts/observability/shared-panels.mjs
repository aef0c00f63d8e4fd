// What every program has: its process, its pool and its module.

import { figure, I, lines, RATE, state } from './panels.mjs';

const DAY = 86400;

export function fipsFigure() {
  return figure({
    title: 'FIPS provider',
    description: 'Whether the FIPS provider answers, on the worst instance.',
    ...state('active', 'NOT ACTIVE'),
    queries: [{ expr: `min(crypto_fips_active${I})`, legend: '' }],
  });
}

export function certificateFigure() {
  return figure({
    title: 'Next certificate ends in',
    description:
      'The least time left of all certificates that are served with, dialled with, or that clients are known by.',
    unit: 's',
    steps: [
      [null, 'red'],
      [2 * DAY, 'orange'],
      [14 * DAY, 'green'],
    ],
    queries: [
      { expr: `min(crypto_certificate_not_after_timestamp_seconds${I}) - time()`, legend: '' },
    ],
  });
}

export function poolRow() {
  return {
    title: 'Pool',
    panels: [
      lines({
        title: 'Threads at work',
        description:
          'Of the native pool, which signs and hashes what is long. At the limit all the time: more CPU is needed.',
        unit: 'short',
        queries: [
          { expr: `crypto_pool_busy_threads${I}`, legend: '{{instance}} busy' },
          { expr: `crypto_pool_threads${I}`, legend: '{{instance}} threads' },
        ],
      }),
      lines({
        title: 'Jobs that wait',
        description: 'For a thread of the pool. At the limit calls end with RESOURCE_EXHAUSTED.',
        unit: 'short',
        queries: [
          { expr: `crypto_pool_queue_depth${I}`, legend: '{{instance}} waiting' },
          { expr: `crypto_pool_queue_limit${I}`, legend: '{{instance}} limit' },
        ],
      }),
    ],
  };
}

export function processRow() {
  return {
    title: 'Process',
    panels: [
      lines({
        title: 'Processor time',
        description: 'Seconds of CPU a second.',
        unit: 'short',
        width: 8,
        queries: [{ expr: `rate(process_cpu_seconds_total${I}${RATE})`, legend: '{{instance}}' }],
      }),
      lines({
        title: 'Memory',
        description:
          'Resident memory. It is flat in service; a slope that lasts for hours is a leak.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: `crypto_memory_usage_bytes${I}`, legend: '{{instance}}' }],
      }),
      lines({
        title: 'Event loop',
        description: 'How late it was, 99th percentile.',
        unit: 's',
        width: 8,
        queries: [{ expr: `nodejs_eventloop_delay_seconds${I}`, legend: '{{instance}}' }],
      }),
      lines({
        title: 'File descriptors',
        description: 'Open ones, and how many may be open.',
        unit: 'short',
        width: 8,
        queries: [
          { expr: `process_open_fds${I}`, legend: '{{instance}} open' },
          { expr: `process_max_fds${I}`, legend: '{{instance}} limit' },
        ],
      }),
      lines({
        title: 'Log lines dropped',
        description:
          'Because the log was not read fast enough. Never zero for long: look at the collector.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: `rate(crypto_log_lines_dropped_total${I}${RATE})`,
            legend: '{{instance}}',
          },
        ],
      }),
      lines({
        title: 'Telemetry lost',
        description:
          'Spans, series and log records that the OTLP collector did not get: it refused them, or did not answer in time.',
        unit: 'cps',
        width: 8,
        queries: [
          {
            expr: `rate(crypto_telemetry_items_total{instance=~"$instance",result!="exported"}${RATE})`,
            legend: '{{instance}} {{signal}} {{result}}',
          },
        ],
      }),
    ],
  };
}
