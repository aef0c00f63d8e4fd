import {
  Escrow,
  GetMiss,
  Governance,
  GrantCache,
  GrantTerms,
  OutboxEntry,
  OutboxKind,
  ServiceKeyState,
  type ClientTrust,
  type ServicePolicy,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkId,
  checkPresent,
  checkRange,
  checkText,
  checkTime,
} from './checks.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import { UPLINK_LIMITS } from './limits.ts';
import { GOVERNANCE_SHAPE, GRANT_TERMS_SHAPE, OUTBOX_ENTRY_SHAPE } from './shapes.ts';

/**
 * Messages that travel as bytes inside others, because they are signed, sealed or stored as they were encoded. Whoever
 * opens one checks the signature over the very bytes first.
 */

const UUID_BYTES = 16;
const SHA256_BYTES = 32;
/** Vault states: KMIP's 1 to 6, and 16 for suspended. */
const HIGHEST_STATE = 16;
/** 366 days. */
const LONGEST_SECONDS = 366 * 24 * 3600;

/** `SignedGovernance.governance`. */
export const governanceCodec: WireCodec<Governance> = wireCodec(
  Governance,
  GOVERNANCE_SHAPE,
  checkGovernance,
);

/** `ServiceKeyGrant.terms`. */
export const grantTermsCodec: WireCodec<GrantTerms> = wireCodec(
  GrantTerms,
  GRANT_TERMS_SHAPE,
  checkGrantTerms,
);

/** `OutboxItem.entry`. */
export const outboxEntryCodec: WireCodec<OutboxEntry> = wireCodec(
  OutboxEntry,
  OUTBOX_ENTRY_SHAPE,
  checkOutboxEntry,
);

function checkGovernance(governance: Governance): void {
  checkId('cluster_id', governance.clusterId);
  checkId('gateway_id', governance.gatewayId);
  checkRange('version', governance.version, 1);
  checkTime('issued_at', governance.issuedAt);
  checkCount('policies', governance.policies, UPLINK_LIMITS.scopes);
  for (const policy of governance.policies) checkPolicy(policy);
  checkCount('client_trust', governance.clientTrust, UPLINK_LIMITS.scopes);
  for (const trust of governance.clientTrust) checkTrust(trust);
}

function checkPolicy(policy: ServicePolicy): void {
  checkId('policies.tenant_id', policy.tenantId);
  checkId('policies.service_id', policy.serviceId);
  checkRange('policies.lease_ttl_seconds', policy.leaseTtlSeconds, 1, LONGEST_SECONDS);
  checkRange('policies.max_offline_seconds', policy.maxOfflineSeconds, 0, LONGEST_SECONDS);
  checkRange('policies.offline_create_max', policy.offlineCreateMax, 0);
  checkEnum('policies.grant_cache', policy.grantCache, GrantCache);
  checkEnum('policies.l4_escrow', policy.l4Escrow, Escrow);
  checkEnum('policies.get_miss', policy.getMiss, GetMiss);
  checkRange('policies.outbox_max', policy.outboxMax, 0);
  checkRange('policies.clock_tolerance_seconds', policy.clockToleranceSeconds, 0, LONGEST_SECONDS);
}

function checkTrust(trust: ClientTrust): void {
  checkId('client_trust.tenant_id', trust.tenantId);
  checkBytes('client_trust.ca_bundle', trust.caBundle, UPLINK_LIMITS.caBundle, 0);
  checkCount('client_trust.rules', trust.rules, UPLINK_LIMITS.clientRules);
  for (const rule of trust.rules) {
    // A rule that matches nothing known could be one that was meant to be narrow.
    const match = checkPresent('client_trust.rules.match', rule.match);
    checkBytes(
      'client_trust.rules.match',
      Buffer.from(match.value),
      UPLINK_LIMITS.distinguishedName,
    );
    checkId('client_trust.rules.service_id', rule.serviceId);
    checkCount('client_trust.rules.operations', rule.operations, UPLINK_LIMITS.ruleOperations);
    for (const operation of rule.operations) checkId('client_trust.rules.operations', operation);
  }
}

function checkGrantTerms(terms: GrantTerms): void {
  checkId('cluster_id', terms.clusterId);
  checkId('gateway_id', terms.gatewayId);
  checkBytes('recipient_key_id', terms.recipientKeyId, SHA256_BYTES, SHA256_BYTES);
  checkId('tenant_id', terms.tenantId);
  checkId('service_id', terms.serviceId);
  checkId('service_key_id', terms.serviceKeyId);
  checkRange('version', terms.version, 1);
  checkEnum('state', terms.state, ServiceKeyState);
  checkId('algorithm', terms.algorithm);
  checkId('grant_id', terms.grantId);
  checkTime('issued_at', terms.issuedAt);
  checkTime('not_after', terms.notAfter);
  checkRange('lease_ttl_seconds', terms.leaseTtlSeconds, 1, LONGEST_SECONDS);
  checkRange('max_offline_seconds', terms.maxOfflineSeconds, 0, LONGEST_SECONDS);
  checkRange('epoch', terms.epoch, 1);
  checkRange('sequence', terms.sequence, 1);
}

function checkOutboxEntry(entry: OutboxEntry): void {
  checkBytes('entry_id', entry.entryId, UUID_BYTES, UUID_BYTES);
  checkEnum('kind', entry.kind, OutboxKind);
  checkId('uid', entry.uid);
  checkId('tenant_id', entry.tenantId);
  checkId('service_id', entry.serviceId);
  checkId('service_key_id', entry.serviceKeyId);
  checkRange('service_key_version', entry.serviceKeyVersion, 1);
  checkRange('object_type', entry.objectType, 1);
  checkRange('state', entry.state, 1, HIGHEST_STATE);
  checkBytes('attributes', entry.attributes, UPLINK_LIMITS.attributes);
  checkText('creator', entry.creator, UPLINK_LIMITS.distinguishedName);
  if (entry.creatorSpkiSha256.byteLength > 0) {
    checkBytes('creator_spki_sha256', entry.creatorSpkiSha256, SHA256_BYTES, SHA256_BYTES);
  }
  checkTime('created_at', entry.createdAt);
  checkBytes('wrapped_sha256', entry.wrappedSha256, SHA256_BYTES, SHA256_BYTES);
  checkBytes('wrapped', entry.wrapped, UPLINK_LIMITS.wrapped, 0);
  checkBytes('digest', entry.digest, SHA256_BYTES, SHA256_BYTES);
}
