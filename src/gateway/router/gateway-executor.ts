import type { ItemContext, ItemExecutor, ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { RequestItem } from '../../kmip/messages/message.ts';
import { enumerationFacts } from '../../kmip/tables/look-up.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { objectOf } from '../delegate/named-object.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import type { OperationCall, OperationParts } from '../operations/operation.ts';
import { lookUp } from '../operations/find-key.ts';
import { askAbout, relayed, requireRoom } from '../operations/pass-on.ts';
import { DELEGATED, type DelegatedOperation } from './delegated-operations.ts';
import { LOCAL } from './local-operations.ts';

/**
 * Decides for each item whether its client may have the operation at all, and whether it is done here, by the Core, or not
 * at all.
 */
export function createGatewayExecutor(options: OperationParts): ItemExecutor<ClientIdentity> {
  return {
    async execute(item, context) {
      const name = enumerationFacts(TAG.operation, item.operation)?.name;
      if (name === undefined) throw notSupported();
      const call = callOf(item, context, name);
      await requireAllowed(call, options);
      const local = LOCAL.get(item.operation);
      if (local !== undefined) return await local(call, options);
      const delegated = DELEGATED.get(item.operation);
      if (delegated === undefined) throw notSupported();
      return await delegate(delegated, call, options);
    },
  };
}

function callOf(
  item: RequestItem,
  context: ItemContext<ClientIdentity>,
  name: string,
): OperationCall {
  const { session: client, version, scope } = context;
  const { correlationId } = scope;
  return { item, context, client, version, name, facts: { correlationId } };
}

/** Comes before anything else, so that a client learns nothing by operations it may not have. */
async function requireAllowed(
  { client, facts, name }: OperationCall,
  { keys }: OperationParts,
): Promise<void> {
  // Throws for services and tenants that are not served.
  keys.policy(client);
  if (client.operations === undefined || client.operations.has(name)) return;
  await keys.audit(client, facts, name, '', 'permissionDenied');
  throw new KmipFailure('permissionDenied', 'the client may not have this operation');
}

/** Passes an item on to the Core, with its object named as the Core knows it. */
async function delegate(
  { namesObject, makesObject, echoes }: DelegatedOperation,
  call: OperationCall,
  parts: OperationParts,
): Promise<ItemResult> {
  const { client, item, version, context, facts, name } = call;
  requireRoom(call, echoes === true ? item.payload.byteLength : 0);
  const named = namesObject ? objectOf(item.payload, version, context) : undefined;
  const uid =
    named === undefined ? undefined : ((await lookUp(named, client, parts.keys))?.row.uid ?? named);
  // Before, not after: once the Core has done it, the client must hear of it. The outcome is in the Core's own audit.
  await parts.keys.audit(client, facts, name, uid ?? '', 'passed on to the core');
  const answer = await (uid === undefined
    ? parts.delegate.ask({
        ...{ operation: item.operation, name, version, client },
        payload: item.payload,
        after: 'nothing',
        scope: context.scope,
        deadline: context.deadline,
      })
    : askAbout(uid, call, parts));
  return relayed(answer, makesObject);
}

function notSupported(): KmipFailure {
  return new KmipFailure('operationNotSupported', 'the operation is not supported');
}
