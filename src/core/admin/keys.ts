import { BrokerError } from '../../errors/index.ts';
import type {
  BlastRadius,
  GetKeyRequest,
  KeyDetails,
  ListKeysRequest,
  ListKeysResponse,
  SetKeyStateRequest,
} from '../../generated/cryptobroker/gateway/v1/admin.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import { nextState, type KeyTransition } from '../keys/lifecycle.ts';
import { StagedWork } from '../keys/staged-work.ts';
import { fromStored } from '../keys/stored-key.ts';
import type { StoredKey } from '../store/keys.ts';
import {
  noteAction,
  requireService,
  requireTenant,
  type Administration,
} from './administration.ts';
import { radiusOf } from './blast-radius.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;
const LONGEST_MESSAGE = 1024;

/** Keys of a tenant, page by page in the order in which the Core learned of them. */
export function listKeys({ store }: Administration, request: ListKeysRequest): ListKeysResponse {
  const { tenantId, serviceId, state } = request;
  requireTenant(store, tenantId);
  if (serviceId !== '') requireService(store, tenantId, serviceId);
  if (!/^\d{0,15}$/.test(request.after)) {
    throw new BrokerError('INPUT_INVALID', 'is not what `next` was', { field: 'after' });
  }
  const limit = Math.min(request.limit || DEFAULT_LIMIT, LARGEST_LIMIT);
  const after = Number(request.after || 0);
  const rows = store.keys.list({ tenantId, serviceId, state, after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    keys: page.map(({ key }) => keyMessage(key)),
    next: rows.length > limit ? String(page.at(-1)?.id ?? '') : '',
  };
}

export function getKey({ store }: Administration, request: GetKeyRequest): KeyDetails {
  return keyMessage(requireKey({ store }, request.tenantId, request.uid));
}

/** Suspends, resumes, deactivates, compromises or destroys a key, whoever made it. */
export function setKeyState(core: Administration, request: SetKeyStateRequest): BlastRadius {
  const { store, keyRing, publisher, now } = core;
  const transition = transitionOf(request);
  const radius = store.transaction(() => {
    const key = requireKey(core, request.tenantId, request.uid);
    const { tenantId, serviceId, uid } = key;
    const reach = {
      services: 1,
      serviceKeyVersions: 0,
      keys: 1,
      gateways: store.gateways.ofService(tenantId, serviceId),
    };
    if (request.dryRun) {
      nextState(fromStored(key), transition, now() / 1000);
      return radiusOf(core, reach, false);
    }
    const work = new StagedWork({
      store,
      keyRing,
      publisher,
      service: requireService(store, tenantId, serviceId),
      gatewayId: '',
      actor: 'administrator',
      correlationId: '',
      now: now() / 1000,
    });
    work.transition(uid, transition);
    work.commit();
    noteAction(core, { operation: `${transition.kind} key`, tenantId, serviceId, uid });
    return radiusOf(core, reach, true);
  });
  if (!request.dryRun && transition.kind === 'destroy') store.shred();
  return radius;
}

/** Revocation Reason Codes that go with an action when none is named (KMIP 1.4 §9.1.3.2.19). */
const CESSATION_OF_OPERATION = 6;
const KEY_COMPROMISE = 2;
const MOST_REASON_CODES = 7;

function transitionOf(request: SetKeyStateRequest): KeyTransition {
  const { action, reasonCode, reasonMessage } = request;
  if (reasonCode > MOST_REASON_CODES) {
    throw new BrokerError('INPUT_INVALID', 'is unknown', { field: 'reason_code' });
  }
  if (reasonMessage.length > LONGEST_MESSAGE) {
    const text = `too large (max ${LONGEST_MESSAGE})`;
    throw new BrokerError('FIELD_TOO_LARGE', text, { field: 'reason_message' });
  }
  const reason = (code: number): { readonly code: number; readonly message: string } => ({
    code: reasonCode || code,
    message: reasonMessage,
  });
  const by = 'administrator';
  switch (action) {
    case 'suspend':
    case 'resume':
      return { kind: action };
    case 'deactivate':
      return { kind: action, by, reason: reason(CESSATION_OF_OPERATION) };
    case 'compromise':
      return { kind: action, by, reason: reason(KEY_COMPROMISE) };
    case 'destroy':
      return { kind: action, by };
    default: {
      const text = 'must be suspend, resume, deactivate, compromise or destroy';
      throw new BrokerError('INPUT_INVALID', text, { field: 'action' });
    }
  }
}

function requireKey(
  { store }: Pick<Administration, 'store'>,
  tenantId: string,
  uid: string,
): StoredKey {
  requireTenant(store, tenantId);
  const key = store.keys.get(uid);
  if (key?.tenantId !== tenantId) {
    throw new BrokerError('CORE_KEY_UNKNOWN', 'the tenant has no such key', { field: 'uid' });
  }
  return key;
}

function keyMessage(key: StoredKey): KeyDetails {
  return {
    uid: key.uid,
    tenantId: key.tenantId,
    serviceId: key.serviceId,
    objectType: key.objectType,
    state: key.state,
    serviceKeyId: key.serviceKeyId,
    serviceKeyVersion: key.serviceKeyVersion,
    gatewayId: key.gatewayId,
    creator: key.creator,
    createdAt: timestampOf(key.createdAt * 1000),
    offline: key.offline,
    escrowed: key.wrapped !== undefined,
    attributes: key.attributes,
  };
}
