import { createEngine } from '../../../../src/kmip/engine/create-engine.ts';
import type {
  EncodedResponse,
  ItemContext,
  ItemResult,
} from '../../../../src/kmip/engine/engine.ts';
import type { EngineOptions, MessageEngine } from '../../../../src/kmip/engine/index.ts';
import type {
  RequestHeader,
  RequestItem,
  ResponseMessage,
} from '../../../../src/kmip/messages/message.ts';
import { encodeRequest } from '../../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../../src/kmip/messages/response.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';

/** 2025-06-15T15:06:40Z. */
export const NOW = 1_750_000_000;

export type Execute = (
  item: RequestItem,
  context: ItemContext<string>,
) => Promise<ItemResult> | ItemResult;

export interface TestEngine extends MessageEngine<string> {
  readonly faults: unknown[];
  /** Items that reached the executor, with their context. */
  readonly executed: { readonly item: RequestItem; readonly context: ItemContext<string> }[];
}

/** An engine whose executor is `execute`; time stands still at monotonic 0. */
export function engineWith(
  execute: Execute,
  options: Partial<Omit<EngineOptions<string>, 'executor' | 'onFault'>> = {},
): TestEngine {
  const faults: unknown[] = [];
  const executed: TestEngine['executed'] = [];
  const engine = createEngine<string>({
    clock: { now: () => NOW * 1000 + 999, monotonicMs: () => 0 },
    ...options,
    executor: {
      execute: async (item, context) => {
        executed.push({ item, context });
        return await execute(item, context);
      },
    },
    onFault: (error) => faults.push(error),
  });
  return { ...engine, faults, executed };
}

export interface TestItem {
  readonly operation?: number;
  readonly itemId?: Uint8Array;
  readonly uid?: string;
}

/** A request of Activate items, unless they say otherwise. */
export function request(
  version: KmipVersion,
  items: readonly TestItem[],
  header: Partial<RequestHeader> = {},
): Buffer {
  const writer = new TtlvWriter();
  encodeRequest(
    writer,
    { hasAuthentication: false, errorContinuation: 'stop', ...header, version },
    items.map(({ operation = OPERATION.activate, itemId, uid = 'a' }) => ({
      operation,
      itemId,
      payload: (to) => {
        activate.encodeRequest(to, { uid: { kind: 'text', uid } }, version);
      },
    })),
  );
  return Buffer.from(writer.finish());
}

/** Sends one message and reads its answer, of which nothing is in the engine's buffers any more. */
export async function answerTo(
  engine: MessageEngine<string>,
  message: Uint8Array,
): Promise<ResponseMessage> {
  return read(await engine.handle(message, 'session', 1000));
}

export function read(response: EncodedResponse): ResponseMessage {
  const bytes = Uint8Array.from(response.bytes);
  response.release();
  return decodeResponse(bytes);
}

/** A successful result with a Response Payload that echoes this identifier. */
export function success(uid: string, placeholder?: string): ItemResult {
  return {
    kind: 'success',
    ...(placeholder === undefined ? {} : { placeholder }),
    writePayload: (writer) => {
      activate.encodeResponse(writer, { uid }, 14);
    },
  };
}
