import type { ItemContext, ItemResult } from '../../kmip/engine/index.ts';
import type { RequestItem } from '../../kmip/messages/message.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import type { TtlvWriter } from '../../kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../kmip/version.ts';
import type { Delegate } from '../delegate/delegate.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import type { CallFacts, LocalKeys } from '../keys/local-keys.ts';
import type { FreshKeys } from './fresh-keys.ts';

/** One item, and who wants what of it. */
export interface OperationCall {
  readonly item: RequestItem;
  readonly context: ItemContext<ClientIdentity>;
  readonly client: ClientIdentity;
  readonly version: KmipVersion;
  readonly facts: CallFacts;
  /** The specification's name of the operation. */
  readonly name: string;
}

/** What the operations work with. */
export interface OperationParts {
  readonly keys: LocalKeys;
  readonly delegate: Delegate;
  readonly fresh: FreshKeys;
  /** Version of this product, for Query. */
  readonly productVersion: string;
}

/** An operation that is done here. Failures are KmipFailure. */
export type LocalOperation = (call: OperationCall, parts: OperationParts) => Promise<ItemResult>;

/** The request of an item. */
export function decodePayload<Request>(
  codec: { decodeRequest: (reader: TtlvReader, version: KmipVersion) => Request },
  { item, version }: OperationCall,
): Request {
  return codec.decodeRequest(new TtlvReader(item.payload), version);
}

/** Success with this response. A `placeholder` is the object that later items of the batch may mean. */
export function success<Response>(
  codec: { encodeResponse: (writer: TtlvWriter, response: Response, version: KmipVersion) => void },
  version: KmipVersion,
  response: Response,
  placeholder?: string,
): ItemResult {
  return {
    kind: 'success',
    ...(placeholder === undefined ? undefined : { placeholder }),
    writePayload: (writer) => {
      codec.encodeResponse(writer, response, version);
    },
  };
}
