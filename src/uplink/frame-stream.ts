import {
  status,
  type ClientDuplexStream,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import type { GatewayFrame } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { CallFailure } from './call-failure.ts';

export interface FrameStreamListener {
  /** One message of the Core, not yet decoded. */
  onMessage(bytes: Uint8Array): void;
  /** Once: the stream is over, and nothing else comes. */
  onEnd(failure: CallFailure): void;
}

/** The bidirectional stream of frames. */
export class FrameStream {
  readonly #call: ClientDuplexStream<GatewayFrame, Buffer>;
  readonly #failureOf: (error: ServiceError) => CallFailure;

  constructor(
    call: ClientDuplexStream<GatewayFrame, Buffer>,
    failureOf: (error: ServiceError) => CallFailure,
  ) {
    this.#call = call;
    this.#failureOf = failureOf;
    // Its status says the same; without a listener the error would end the process.
    call.on('error', () => undefined);
  }

  listen(listener: FrameStreamListener): void {
    this.#call.on('data', (bytes: Buffer) => {
      listener.onMessage(bytes);
    });
    this.#call.once('status', (end: StatusObject) => {
      listener.onEnd(
        end.code === status.OK
          ? new CallFailure('the core ended the stream', { status: end.code, sent: true })
          : this.#failureOf(Object.assign(new Error(end.details), end)),
      );
    });
  }

  /** Resolves when the frame has been handed to the connection, and at once when the stream is over. */
  async write(frame: GatewayFrame): Promise<void> {
    if (this.#call.destroyed || this.#call.writableEnded) return;
    await new Promise<void>((resolve) => {
      // A stream that ends while the frame waits never calls back.
      const done = (): void => {
        this.#call.off('close', done);
        this.#call.off('status', done);
        resolve();
      };
      this.#call.once('close', done);
      this.#call.once('status', done);
      this.#call.write(frame, done);
    });
  }

  /** Stops and starts reading; what the Core goes on sending fills its window and then waits there. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  /** No more frames from here. */
  end(): void {
    this.#call.end();
  }

  /** Ends both directions at once. */
  cancel(): void {
    this.#call.cancel();
  }
}
