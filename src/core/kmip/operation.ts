import type { CryptoProvider } from '../../crypto/provider.ts';
import type { ItemContext, ItemResult } from '../../kmip/engine/index.ts';
import type { Failure } from '../../kmip/failure.ts';
import type { RequestItem } from '../../kmip/messages/message.ts';
import { TtlvReader } from '../../kmip/ttlv/reader.ts';
import type { TtlvWriter } from '../../kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../kmip/version.ts';
import type { KmipCall } from '../executor.ts';
import type { KeyWork } from '../keys/key-work.ts';

/** One delegated message while it is executed. */
export interface CoreSession {
  readonly call: KmipCall;
  readonly work: KeyWork;
  readonly record: CallRecord;
}

/** What the audit is told of a message; filled in while it is executed. */
export interface CallRecord {
  /** The specification's name of the operation. */
  operation: string;
  /** The object it is about, as the Core names it. */
  uid: string;
  failure: Failure | undefined;
}

/** One item, and what it works on. */
export interface OperationCall {
  readonly item: RequestItem;
  readonly context: ItemContext<CoreSession>;
  readonly version: KmipVersion;
  readonly work: KeyWork;
  readonly record: CallRecord;
}

/** What the operations work with. */
export interface OperationParts {
  readonly provider: Pick<CryptoProvider, 'dataKeys' | 'random'>;
  /** A new Unique Identifier: a UUID in lower case. */
  readonly newId: () => string;
}

/**
 * An operation of the Core. Failures are KmipFailure, or BrokerError of the work on keys and of the crypto core; all effects
 * are in the call's work, so that it can be run again.
 */
export type CoreOperation = (call: OperationCall, parts: OperationParts) => ItemResult;

/** The request of an item. */
export function decodePayload<Request>(
  codec: { decodeRequest: (reader: TtlvReader, version: KmipVersion) => Request },
  { item, version }: OperationCall,
): Request {
  return codec.decodeRequest(new TtlvReader(item.payload), version);
}

/** Success with this response. `afterwards` is called when it is written, also when that fails. */
export function success<Response>(
  codec: { encodeResponse: (writer: TtlvWriter, response: Response, version: KmipVersion) => void },
  version: KmipVersion,
  response: Response,
  afterwards?: () => void,
): ItemResult {
  return {
    kind: 'success',
    writePayload: (writer) => {
      try {
        codec.encodeResponse(writer, response, version);
      } finally {
        afterwards?.();
      }
    },
  };
}
