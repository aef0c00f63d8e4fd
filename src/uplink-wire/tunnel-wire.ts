import {
  TunnelOutcome,
  TunnelRequest,
  TunnelResponse,
  type ClientIdentity,
  type Directive,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkId,
  checkOptionalId,
  checkOptionalTime,
  checkPresent,
  checkRange,
  checkText,
  checkUuid,
} from './checks.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import { UPLINK_LIMITS } from './limits.ts';
import { TUNNEL_REQUEST_SHAPE, TUNNEL_RESPONSE_SHAPE } from './shapes.ts';

const SHA256_BYTES = 32;
/** Vault states: KMIP's 1 to 6, and 16 for suspended. */
const HIGHEST_STATE = 16;

export const tunnelRequestCodec: WireCodec<TunnelRequest> = wireCodec(
  TunnelRequest,
  TUNNEL_REQUEST_SHAPE,
  checkTunnelRequest,
);

export const tunnelResponseCodec: WireCodec<TunnelResponse> = wireCodec(
  TunnelResponse,
  TUNNEL_RESPONSE_SHAPE,
  checkTunnelResponse,
);

function checkTunnelRequest(request: TunnelRequest): void {
  checkUuid('request_id', request.requestId);
  checkRange('generation', request.generation, 1);
  checkId('tenant_id', request.tenantId);
  checkId('service_id', request.serviceId);
  checkClient(checkPresent('client', request.client));
  checkRange('kmip_major', request.kmipMajor, 1, 2);
  checkRange('kmip_minor', request.kmipMinor, 0, 9);
  checkCount('operations', request.operations, UPLINK_LIMITS.operations);
  for (const operation of request.operations) checkId('operations', operation);
  checkBytes('raw_request', request.rawRequest, UPLINK_LIMITS.tunnelRequest);
  checkOptionalId('correlation_id', request.correlationId);
  checkOptionalId('traceparent', request.traceparent);
  checkRange('attempt', request.attempt, 1);
  checkRange('min_outbox_sequence', request.minOutboxSequence, 0);
}

function checkClient(client: ClientIdentity): void {
  checkCount('client.chain_der', client.chainDer, UPLINK_LIMITS.certificates, 1);
  for (const certificate of client.chainDer) {
    checkBytes('client.chain_der', certificate, UPLINK_LIMITS.certificate);
  }
  checkText('client.spiffe_id', client.spiffeId, 2048);
  checkText('client.subject', client.subject, UPLINK_LIMITS.distinguishedName);
  checkText('client.issuer', client.issuer, UPLINK_LIMITS.distinguishedName);
  checkOptionalId('client.serial', client.serial);
  checkBytes('client.spki_sha256', client.spkiSha256, SHA256_BYTES, SHA256_BYTES);
  checkOptionalId('client.tls_version', client.tlsVersion);
  checkOptionalId('client.cipher', client.cipher);
  checkOptionalId('client.peer_address', client.peerAddress);
  checkOptionalTime('client.authenticated_at', client.authenticatedAt);
}

function checkTunnelResponse(response: TunnelResponse): void {
  checkEnum('outcome', response.outcome, TunnelOutcome);
  const answered =
    response.outcome === TunnelOutcome.TUNNEL_OUTCOME_EXECUTED ||
    response.outcome === TunnelOutcome.TUNNEL_OUTCOME_REPLAYED;
  checkBytes('raw_response', response.rawResponse, UPLINK_LIMITS.tunnelResponse, answered ? 1 : 0);
  checkCount('directives', response.directives, UPLINK_LIMITS.directives);
  for (const directive of response.directives) checkDirective(directive);
  checkOptionalTime('executed_at', response.executedAt);
}

/** A directive of an unknown kind is refused, not ignored: the vault would miss what the Core decided. */
function checkDirective(message: Directive): void {
  const directive = checkPresent('directives.directive', message.directive);
  checkId('directives.uid', directive.value.uid);
  switch (directive.$case) {
    case 'put':
      checkRange('directives.put.object_type', directive.value.objectType, 1);
      checkRange('directives.put.state', directive.value.state, 1, HIGHEST_STATE);
      checkId('directives.put.service_key_id', directive.value.serviceKeyId);
      checkRange('directives.put.service_key_version', directive.value.serviceKeyVersion, 1);
      checkBytes('directives.put.wrapped', directive.value.wrapped, UPLINK_LIMITS.wrapped, 0);
      checkBytes('directives.put.attributes', directive.value.attributes, UPLINK_LIMITS.attributes);
      checkOptionalTime('directives.put.created_at', directive.value.createdAt);
      return;
    case 'setState':
      checkRange('directives.set_state.state', directive.value.state, 1, HIGHEST_STATE);
      checkBytes(
        'directives.set_state.attributes',
        directive.value.attributes,
        UPLINK_LIMITS.attributes,
        0,
      );
      return;
    case 'setAttributes':
      checkBytes(
        'directives.set_attributes.attributes',
        directive.value.attributes,
        UPLINK_LIMITS.attributes,
      );
      return;
    case 'purge':
      return;
  }
}
