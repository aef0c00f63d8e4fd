import {
  EnrollRequest,
  EnrollResponse,
  SealingMode,
  SealingScheme,
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
  checkUuid,
  invalid,
} from './checks.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import { INTERVAL_LIMITS, UPLINK_LIMITS } from './limits.ts';
import { ENROLL_REQUEST_SHAPE, ENROLL_RESPONSE_SHAPE } from './shapes.ts';

const SHA256_BYTES = 32;

export const enrollRequestCodec: WireCodec<EnrollRequest> = wireCodec(
  EnrollRequest,
  ENROLL_REQUEST_SHAPE,
  checkEnrollRequest,
);

export const enrollResponseCodec: WireCodec<EnrollResponse> = wireCodec(
  EnrollResponse,
  ENROLL_RESPONSE_SHAPE,
  checkEnrollResponse,
);

function checkEnrollRequest(request: EnrollRequest): void {
  checkId('gateway_name', request.gatewayName);
  checkUuid('instance_id', request.instanceId);
  checkUuid('vault_id', request.vaultId);
  checkRange('vault_generation', request.vaultGeneration, 1);
  checkCount('sealing_keys', request.sealingKeys, UPLINK_LIMITS.sealingKeys, 1);
  for (const key of request.sealingKeys) {
    checkBytes('sealing_keys.key_id', key.keyId, SHA256_BYTES, SHA256_BYTES);
    checkEnum('sealing_keys.scheme', key.scheme, SealingScheme);
    checkBytes('sealing_keys.spki_der', key.spkiDer, UPLINK_LIMITS.publicKey);
  }
  const software = checkPresent('software', request.software);
  checkText('software.name', software.name, UPLINK_LIMITS.id);
  checkText('software.version', software.version, UPLINK_LIMITS.id);
  checkText('software.openssl', software.openssl, UPLINK_LIMITS.id);
  checkText('software.fips_provider', software.fipsProvider, UPLINK_LIMITS.id);
  checkCount('software.kmip_versions', software.kmipVersions, UPLINK_LIMITS.kmipVersions);
  for (const version of software.kmipVersions) checkId('software.kmip_versions', version);
  // Capabilities are offers: one that the Core does not know is one it does not take up.
  checkCount('capabilities', request.capabilities, UPLINK_LIMITS.capabilities);
  if (request.lastCore !== undefined) {
    checkId('last_core.cluster_id', request.lastCore.clusterId);
    checkBytes(
      'last_core.resume_token',
      request.lastCore.resumeToken,
      UPLINK_LIMITS.resumeToken,
      0,
    );
  }
}

function checkEnrollResponse(response: EnrollResponse): void {
  checkId('gateway_id', response.gatewayId);
  checkRange('generation', response.generation, 1);
  const core = checkPresent('core', response.core);
  checkId('core.cluster_id', core.clusterId);
  checkRange('core.epoch', core.epoch, 1);
  checkText('core.region', core.region, UPLINK_LIMITS.id);
  checkTime('core.server_time', core.serverTime);
  checkBytes('core.grant_key_spki', core.grantKeySpki, UPLINK_LIMITS.publicKey);
  checkCount('scopes', response.scopes, UPLINK_LIMITS.scopes);
  for (const scope of response.scopes) {
    checkId('scopes.tenant_id', scope.tenantId);
    checkId('scopes.service_id', scope.serviceId);
    checkId('scopes.service_key_id', scope.serviceKeyId);
    checkEnum('scopes.sealing', scope.sealing, SealingMode);
  }
  const governance = checkPresent('governance', response.governance);
  checkBytes('governance.governance', governance.governance, UPLINK_LIMITS.governance);
  checkBytes('governance.signature', governance.signature, UPLINK_LIMITS.signature);
  const { heartbeatIntervalMs, staleAfterMs, lostAfterMs } = response;
  const { shortest, longest } = INTERVAL_LIMITS;
  checkRange('heartbeat_interval_ms', heartbeatIntervalMs, shortest, longest);
  checkRange('stale_after_ms', staleAfterMs, shortest, longest);
  checkRange('lost_after_ms', lostAfterMs, shortest, longest);
  // Otherwise every link would be stale between two heartbeats.
  if (staleAfterMs <= heartbeatIntervalMs) throw invalid('stale_after_ms', 'too small');
  if (lostAfterMs < staleAfterMs) throw invalid('lost_after_ms', 'too small');
}
