import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { announceSkip } from '../support/environment.ts';
import { alertRules, RULES_FILE } from '../unit/observability/shipped.ts';
import { prometheusTools } from './support/prometheus.ts';

// The shipped alert rules, run by Prometheus' own tool: each fires when it should, and keeps quiet when all is well.

/** Series of a quiet morning, an hour and a half long, a value a minute, in the notation of promtool. */
const HEALTHY: Readonly<Record<string, string>> = {
  'crypto_fips_active{instance="a"}': '1x90',
  'crypto_operations_errors_total{instance="a",rpc_method="HashData",error_type="INVALID_ARGUMENT"}':
    '0+5x90',
  'crypto_pool_queue_depth{instance="a"}': '0x90',
  'crypto_pool_queue_limit{instance="a"}': '1024x90',
  'crypto_request_duration_seconds_bucket{instance="a",rpc_method="HashData",status="OK",le="0.0001"}':
    '0+600x90',
  'crypto_request_duration_seconds_bucket{instance="a",rpc_method="HashData",status="OK",le="0.01"}':
    '0+600x90',
  'crypto_request_duration_seconds_bucket{instance="a",rpc_method="HashData",status="OK",le="+Inf"}':
    '0+600x90',
  'crypto_log_lines_dropped_total{instance="a"}': '0x90',
  'crypto_call_records_lost_total{instance="a"}': '0x90',
  'process_open_fds{instance="a"}': '40x90',
  'process_max_fds{instance="a"}': '1024x90',
  'crypto_build_info{instance="a",version="1"}': '1x90',
  'crypto_profile_info{instance="a",digest="d1"}': '1x90',
  'crypto_profile_info{instance="b",digest="d1"}': '1x90',
  'crypto_certificate_not_after_timestamp_seconds{instance="a",certificate="kmip-server"}':
    '7776000x90',
  'krypton_ready{instance="a"}': '1x90',
  'krypton_link_up{instance="a"}': '1x90',
  'krypton_offline_remaining_seconds{instance="a"}': '14400x90',
  'krypton_vault_writable{instance="a"}': '1x90',
  'krypton_vault_free_bytes{instance="a"}': '5000000000x90',
  'krypton_vault_quarantined_rows{instance="a"}': '0x90',
  'krypton_outbox_oldest_seconds{instance="a"}': '1x90',
  'krypton_service_keys{instance="a"}': '2x90',
  'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.0005"}':
    '0+600x90',
  'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.0025"}':
    '0+600x90',
  'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.01"}':
    '0+600x90',
  'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="+Inf"}':
    '0+600x90',
  'krypton_vault_commit_duration_seconds_bucket{instance="a",le="0.005"}': '0+600x90',
  'krypton_vault_commit_duration_seconds_bucket{instance="a",le="0.25"}': '0+600x90',
  'krypton_vault_commit_duration_seconds_bucket{instance="a",le="+Inf"}': '0+600x90',
};

/** What makes each fire: series in place of the healthy ones, whose names they share. */
const TROUBLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CryptoFipsInactive: { 'crypto_fips_active{instance="a"}': '0x90' },
  CryptoBrokerInternalErrors: {
    'crypto_operations_errors_total{instance="a",rpc_method="HashData",error_type="INTERNAL"}':
      '0+1x90',
  },
  CryptoBrokerOverloaded: {
    'crypto_operations_errors_total{instance="a",rpc_method="SignCertificate",error_type="RESOURCE_EXHAUSTED"}':
      '0+9x90',
  },
  CryptoBrokerQueueNearlyFull: { 'crypto_pool_queue_depth{instance="a"}': '600x90' },
  CryptoBrokerSlow: {
    'crypto_request_duration_seconds_bucket{instance="a",rpc_method="HashData",status="OK",le="0.0001"}':
      '0+300x90',
  },
  CryptoLogLinesDropped: { 'crypto_call_records_lost_total{instance="a"}': '0+1x90' },
  CryptoFileDescriptorsNearlyUsed: { 'process_open_fds{instance="a"}': '900x90' },
  CryptoProfilesDiffer: { 'crypto_profile_info{instance="b",digest="d2"}': '1x90' },
  CryptoCertificateEndsSoon: {
    'crypto_certificate_not_after_timestamp_seconds{instance="a",certificate="kmip-server"}':
      '864000x90',
  },
  CryptoCertificateEndsNow: {
    'crypto_certificate_not_after_timestamp_seconds{instance="a",certificate="kmip-server"}':
      '86400x90',
  },
  KryptonNotReady: { 'krypton_ready{instance="a"}': '0x90' },
  KryptonLinkDown: { 'krypton_link_up{instance="a"}': '0x90' },
  KryptonOfflineTimeRunsOut: {
    'krypton_link_up{instance="a"}': '0x90',
    'krypton_offline_remaining_seconds{instance="a"}': '3000-60x90',
  },
  KryptonVaultNotWritable: { 'krypton_vault_writable{instance="a"}': '0x90' },
  KryptonVaultSpaceLow: { 'krypton_vault_free_bytes{instance="a"}': '100000x90' },
  KryptonRowsQuarantined: { 'krypton_vault_quarantined_rows{instance="a"}': '1x90' },
  KryptonOutboxStuck: { 'krypton_outbox_oldest_seconds{instance="a"}': '0+60x90' },
  KryptonNoServiceKeys: { 'krypton_service_keys{instance="a"}': '0x90' },
  KryptonKmipSlow: {
    'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.0005"}':
      '0+300x90',
  },
  KryptonKmipVerySlow: {
    'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.0005"}':
      '0+300x90',
    'krypton_kmip_request_duration_seconds_bucket{instance="a",operation="Get",le="0.0025"}':
      '0+300x90',
  },
  KryptonDiskSlow: {
    'krypton_vault_commit_duration_seconds_bucket{instance="a",le="0.005"}': '0+300x90',
  },
};

/** What another one fires as well, because it is the same trouble and worse. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  CryptoCertificateEndsNow: ['CryptoCertificateEndsSoon'],
  KryptonOfflineTimeRunsOut: ['KryptonLinkDown'],
  KryptonKmipVerySlow: ['KryptonKmipSlow'],
};

const tools = prometheusTools();
if ('missing' in tools) announceSkip('the alert rules by promtool', tools.missing);

describe.skipIf('missing' in tools)('the alert rules', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'cryptobroker-rules-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('are rules by the word of promtool', () => {
    expect(promtool('check', 'rules', RULES_FILE)).toMatchObject({ status: 0 });
  });

  it('all have a case of trouble', () => {
    expect(Object.keys(TROUBLE).sort()).toEqual(
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  it('are all quiet when all is well', () => {
    expect(fires(HEALTHY, [])).toMatchObject({ status: 0 });
  });

  it.each(Object.keys(TROUBLE))('%s fires in its own trouble, and nothing else does', (alert) => {
    const series = { ...HEALTHY, ...TROUBLE[alert] };
    expect(fires(series, [alert, ...(BESIDE[alert] ?? [])])).toMatchObject({ status: 0 });
    // The tool does look: it objects when the alert is not expected.
    expect(fires(series, BESIDE[alert] ?? [])).not.toMatchObject({ status: 0 });
  });

  /** Whether promtool finds these alerts, and no others, firing after eighty minutes of such series. */
  function fires(series: Readonly<Record<string, string>>, alerts: readonly string[]) {
    const file = join(directory, 'case.yaml');
    const counts = {
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: '80m',
      exp_samples: [...alerts]
        .sort()
        .map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    };
    writeFileSync(
      file,
      stringify({
        rule_files: [RULES_FILE],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: Object.entries(series).map(([name, values]) => ({
              series: name,
              values,
            })),
            promql_expr_test: [counts],
          },
        ],
      }),
    );
    return promtool('test', 'rules', file);
  }
});

function promtool(...args: readonly string[]): { status: number | null; text: string } {
  if ('missing' in tools) throw new Error(tools.missing);
  const { status, stdout, stderr } = spawnSync(tools.promtool, args, { encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}
