import type { GatewayFrame, OutboxBatch } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Lane } from '../uplink-wire/index.ts';
import { protocolError } from './failures.ts';

type Frame = NonNullable<GatewayFrame['frame']>;
type FrameOf<Case extends Frame['$case']> = Extract<Frame, { $case: Case }>;

/** Frames of one kind that may wait, where each of them counts. */
const MAX_WAITING = 1024;

/**
 * Puts frames on the stream one at a time, the urgent ones first: what a slow connection holds up is the outbox, not the
 * word that a revocation is applied. What is overtaken by a newer frame of its kind is not sent at all, so a Core that does
 * not read costs no memory.
 */
export class FrameWriter {
  readonly #write: (frame: GatewayFrame) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #eventAcks = new Map<Lane, FrameOf<'eventAck'>>();
  readonly #grantAcks: FrameOf<'grantAck'>[] = [];
  readonly #requests = new Map<string, FrameOf<'serviceKeyRequest'>>();
  #hello: FrameOf<'hello'> | undefined;
  #heartbeat: FrameOf<'heartbeat'> | undefined;
  #outboxBatch: FrameOf<'outboxBatch'> | undefined;
  #goodbye: FrameOf<'goodbye'> | undefined;
  #writing = false;
  #gathering = false;
  #idle: (() => void)[] = [];

  constructor(write: (frame: GatewayFrame) => Promise<void>, failed: (error: unknown) => void) {
    this.#write = write;
    this.#failed = failed;
  }

  hello(value: FrameOf<'hello'>['value']): void {
    this.#hello = { $case: 'hello', value };
    this.#pump();
  }

  /**
   * Acknowledgements are cumulative: the highest of a lane says it all. It leaves when what else has come by now is done, so
   * that a burst of events comes back as few frames; the Core counts them.
   */
  eventAck(lane: Lane, value: FrameOf<'eventAck'>['value']): void {
    const waiting = this.#eventAcks.get(lane);
    if (waiting !== undefined && waiting.value.laneSequence > value.laneSequence) return;
    this.#eventAcks.set(lane, { $case: 'eventAck', value });
    if (this.#gathering) return;
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      this.#pump();
    });
  }

  grantAck(value: FrameOf<'grantAck'>['value']): void {
    if (this.#grantAcks.length >= MAX_WAITING) {
      this.#failed(protocolError('the core sends grants and does not read what is said to them'));
      return;
    }
    this.#grantAcks.push({ $case: 'grantAck', value });
    this.#pump();
  }

  heartbeat(value: FrameOf<'heartbeat'>['value']): void {
    this.#heartbeat = { $case: 'heartbeat', value };
    this.#pump();
  }

  /** Asked for once, however often it is wanted before the frame has left. */
  serviceKeyRequest(value: FrameOf<'serviceKeyRequest'>['value']): void {
    const key = JSON.stringify([value.tenantId, value.serviceId, value.version]);
    if (this.#requests.size >= MAX_WAITING && !this.#requests.has(key)) return;
    this.#requests.set(key, { $case: 'serviceKeyRequest', value });
    this.#pump();
  }

  /** One is in flight at a time, so none is ever overtaken. */
  outboxBatch(value: OutboxBatch): void {
    this.#outboxBatch = { $case: 'outboxBatch', value };
    this.#pump();
  }

  /** The last frame. Resolves when it has been handed over. */
  async goodbye(reason: string): Promise<void> {
    this.#goodbye = { $case: 'goodbye', value: { reason } };
    this.#pump();
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #pump(): void {
    if (this.#writing) return;
    const frame = this.#next();
    if (frame === undefined) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#writing = true;
    this.#write({ frame })
      .then(() => {
        this.#writing = false;
        this.#pump();
      })
      .catch(this.#failed);
  }

  #next(): Frame | undefined {
    const frame = this.#hello ?? this.#nextAck() ?? this.#heartbeat ?? this.#goodbye;
    if (frame !== undefined) {
      this.#forget(frame);
      return frame;
    }
    const [request] = this.#requests;
    if (request !== undefined) {
      this.#requests.delete(request[0]);
      return request[1];
    }
    const batch = this.#outboxBatch;
    this.#outboxBatch = undefined;
    return batch;
  }

  #nextAck(): FrameOf<'eventAck'> | FrameOf<'grantAck'> | undefined {
    return (
      this.#eventAcks.get(0) ??
      this.#grantAcks[0] ??
      this.#eventAcks.get(1) ??
      this.#eventAcks.get(2)
    );
  }

  #forget(frame: Frame): void {
    if (frame === this.#hello) this.#hello = undefined;
    else if (frame === this.#heartbeat) this.#heartbeat = undefined;
    else if (frame === this.#goodbye) this.#goodbye = undefined;
    else if (frame === this.#grantAcks[0]) this.#grantAcks.shift();
    else if (frame.$case === 'eventAck') this.#eventAcks.delete(frame.value.lane as Lane);
  }
}
