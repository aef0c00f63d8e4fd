import type { Metrics, Sample } from '../../telemetry/metrics/metrics.ts';
import { governedWithoutKey, isReady, type StatusSources } from '../status/gateway-status.ts';

/**
 * Lets metrics read how a Gateway is. What is in memory is told apart from what the vault is asked for, so that a vault that
 * does not answer takes nothing else with it.
 */
export function registerGateway(metrics: Metrics, sources: StatusSources): void {
  metrics.source(() => inMemory(sources));
  metrics.source(() => inVault(sources));
}

function inMemory(sources: StatusSources): readonly Sample[] {
  const { uplink, cache, audit, clock } = sources;
  const { state, lastAnswerAt, reconnects } = uplink.status;
  const keys = cache.status();
  const left = keys.map(({ leftOfflineMs }) => leftOfflineMs);
  return [
    plain('krypton_ready', isReady(sources) ? 1 : 0),
    plain('krypton_link_up', state === 'linked' ? 1 : 0),
    plain('krypton_link_reconnects_total', reconnects),
    plain('krypton_service_keys', keys.length),
    plain('krypton_services_without_key', governedWithoutKey(sources).length),
    // Without a key nothing is served without the Core.
    plain('krypton_offline_remaining_seconds', left.length === 0 ? 0 : Math.min(...left) / 1000),
    plain('krypton_audit_waiting_entries', audit.depth),
    ...(lastAnswerAt === undefined
      ? []
      : [plain('krypton_link_last_answer_seconds', (clock.monotonicMs() - lastAnswerAt) / 1000)]),
  ];
}

async function inVault({ vault, clock }: StatusSources): Promise<readonly Sample[]> {
  const facts = await vault.facts();
  const { outboxOldest, freeBytes } = facts;
  const age = outboxOldest === undefined ? 0 : Math.max(0, clock.now() - outboxOldest);
  return [
    plain('krypton_vault_keys', facts.keys),
    plain('krypton_vault_quarantined_rows', facts.quarantined),
    plain('krypton_vault_file_bytes', facts.fileBytes),
    plain('krypton_vault_writable', facts.trouble === undefined ? 1 : 0),
    plain('krypton_outbox_entries', facts.outboxDepth),
    plain('krypton_outbox_oldest_seconds', age / 1000),
    ...(freeBytes === undefined ? [] : [plain('krypton_vault_free_bytes', freeBytes)]),
  ];
}

/** Metrics of a Gateway that have no labels. */
type PlainName =
  | 'krypton_ready'
  | `krypton_link_${'up' | 'reconnects_total' | 'last_answer_seconds'}`
  | 'krypton_service_keys'
  | 'krypton_services_without_key'
  | 'krypton_offline_remaining_seconds'
  | 'krypton_audit_waiting_entries'
  | `krypton_vault_${'keys' | 'quarantined_rows' | 'file_bytes' | 'free_bytes' | 'writable'}`
  | `krypton_outbox_${'entries' | 'oldest_seconds'}`;

function plain(name: PlainName, value: number): Sample {
  return { name, labels: {}, value };
}
