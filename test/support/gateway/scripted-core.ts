import {
  TunnelOutcome,
  type Directive,
  type TunnelRequest,
  type TunnelResponse,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import type { BrokerError } from '../../../src/errors/index.ts';
import type { RequestItem, RequestMessage } from '../../../src/kmip/messages/message.ts';
import { decodeRequest } from '../../../src/kmip/messages/request.ts';
import {
  beginResponse,
  endResponse,
  writeResultItem,
} from '../../../src/kmip/messages/response.ts';
import { RESULT_STATUS } from '../../../src/kmip/tables/enumerations.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../src/kmip/version.ts';
import type { LinkState, Uplink } from '../../../src/uplink/uplink.ts';

/** What a delegated request is answered with. */
export interface ScriptedAnswer {
  /** Writes the Response Payload. */
  readonly payload?: (writer: TtlvWriter, version: KmipVersion) => void;
  /** Result Reason: the item fails. */
  readonly reason?: number;
  readonly message?: string;
  readonly directives?: readonly Directive[];
  readonly outcome?: TunnelOutcome;
  /** In the place of the whole answer. */
  readonly raw?: Uint8Array;
}

export type Script = (
  item: RequestItem,
  request: TunnelRequest,
  message: RequestMessage,
) => ScriptedAnswer | Promise<ScriptedAnswer>;

type Delegated = Omit<TunnelRequest, 'generation' | 'attempt'>;

/** The Core at the far end of the Uplink, as far as delegated requests go. */
export class ScriptedCore implements Pick<Uplink, 'tunnel' | 'flushOutbox' | 'status'> {
  /** What was asked, in order; requests are copies. */
  readonly requests: Delegated[] = [];
  /** The very buffers of the requests. */
  readonly buffers: Uint8Array[] = [];
  readonly answers: TunnelResponse[] = [];
  readonly flushed: number[] = [];
  script: Script = () => ({ reason: 1, message: 'no such object' });
  /** What the next calls are rejected with. */
  failure: BrokerError | undefined;
  flushFailure: BrokerError | undefined;
  state: LinkState = 'linked';

  get status(): Uplink['status'] {
    return {
      state: this.state,
      lastAnswerAt: undefined,
      clockSkewMs: undefined,
      generation: undefined,
      reconnects: 0,
      lastError: undefined,
    };
  }

  /** Messages that were asked, read. */
  get messages(): readonly RequestMessage[] {
    return this.requests.map(({ rawRequest }) => decodeRequest(rawRequest));
  }

  flushOutbox(sequence: number): Promise<void> {
    this.flushed.push(sequence);
    return this.flushFailure === undefined ? Promise.resolve() : Promise.reject(this.flushFailure);
  }

  async tunnel(request: Delegated): Promise<TunnelResponse> {
    this.buffers.push(request.rawRequest);
    const rawRequest = Uint8Array.from(request.rawRequest);
    this.requests.push({ ...request, rawRequest });
    if (this.failure !== undefined) throw this.failure;
    const message = decodeRequest(rawRequest);
    const [item] = message.items;
    if (item === undefined) throw new Error('no item');
    const whole = { ...request, rawRequest, generation: 1n, attempt: 1 };
    const answer = await this.script(item, whole, message);
    const response: TunnelResponse = {
      rawResponse: answer.raw ?? encodeAnswer(item.operation, message.header.version, answer),
      outcome: answer.outcome ?? TunnelOutcome.TUNNEL_OUTCOME_EXECUTED,
      directives: [...(answer.directives ?? [])],
      coreSequence: 0n,
      executedAt: undefined,
    };
    this.answers.push(response);
    return response;
  }
}

/** A Response Message with this one item. */
export function encodeAnswer(
  operation: number | undefined,
  version: KmipVersion,
  { payload, reason, message }: ScriptedAnswer,
): Uint8Array {
  const writer = new TtlvWriter();
  const count = beginResponse(writer, { version, timeStamp: 1n, batchCount: 1 });
  writeResultItem(writer, {
    operation,
    status: reason === undefined ? RESULT_STATUS.success : RESULT_STATUS.operationFailed,
    reason,
    message,
    payload:
      payload &&
      ((target) => {
        payload(target, version);
      }),
  });
  endResponse(writer, count, 1);
  return Uint8Array.from(writer.finish());
}
