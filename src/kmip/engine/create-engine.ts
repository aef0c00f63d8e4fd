import { KmipFailure, resultReason, type Failure } from '../failure.ts';
import { MessageFailure } from '../messages/message-failure.ts';
import type { RequestHeader, RequestMessage, ResponseHeader } from '../messages/message.ts';
import { readNamedVersion } from '../messages/protocol-version.ts';
import { decodeRequest } from '../messages/request.ts';
import { beginResponse, encodeMessageFailure, endResponse } from '../messages/response.ts';
import { TAG } from '../tables/tags.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { KMIP_VERSIONS, kmipVersion, type KmipVersion } from '../version.ts';
import { runBatch } from './batch.ts';
import type { EncodedResponse } from './engine.ts';
import { DEFAULT_ENGINE_LIMITS, type EngineLimits, type EngineOptions } from './engine-options.ts';
import { unfollowed, type MessageScope } from './message-scope.ts';
import { WriterPool } from './writer-pool.ts';

/** Turns request messages into response messages. One serves any number of connections. */
export interface MessageEngine<Session> {
  /**
   * Answers one whole request message. `deadline` is monotonic milliseconds: items that are not begun by then fail. The
   * bytes of `request` must stay as they are until the promise has settled, and may be wiped then. Never rejects for what
   * a peer sends.
   */
  handle(request: Uint8Array, session: Session, deadline: number): Promise<EncodedResponse>;
  /** The answer to a message that is refused unread, in its version if it shows one. */
  refuse(failure: Failure, message: string, request?: Uint8Array): EncodedResponse;
}

export function createEngine<Session>(options: EngineOptions<Session>): MessageEngine<Session> {
  const {
    clock,
    onFault,
    begin = unfollowed,
    limits = DEFAULT_ENGINE_LIMITS,
    supportedVersions = KMIP_VERSIONS,
  } = options;
  const pool = new WriterPool();
  const seconds = (): bigint => BigInt(Math.floor(clock.now() / 1000));

  function refusal(error: unknown, scope: MessageScope, header?: RequestHeader): EncodedResponse {
    if (!(error instanceof KmipFailure)) onFault(error, scope);
    const { failure, message } =
      error instanceof KmipFailure
        ? error
        : { failure: 'generalFailure' as const, message: 'the message failed inside the server' };
    const failed = error instanceof MessageFailure ? error : undefined;
    const version = answerable(failed?.version ?? header?.version ?? OLDEST);
    const clientCorrelationValue = failed?.clientCorrelationValue ?? header?.clientCorrelationValue;
    const bytes = encodeMessageFailure(
      version,
      failure,
      message,
      seconds(),
      correlation({ ...header, clientCorrelationValue }, scope),
    );
    scope.ended(resultReason(failure, version));
    return plainResponse(bytes);
  }

  /** The version to answer in: this one, or the nearest lower one that is supported, or the lowest. */
  function answerable(version: KmipVersion): KmipVersion {
    const lower = supportedVersions.filter((supported) => supported <= version);
    return lower.length > 0
      ? (Math.max(...lower) as KmipVersion)
      : (Math.min(...supportedVersions) as KmipVersion);
  }

  function read(request: Uint8Array): RequestMessage {
    const message = decodeRequest(request, limits.request);
    requireAnswerable(message.header, supportedVersions);
    return message;
  }

  async function answer(
    message: RequestMessage,
    session: Session,
    deadline: number,
    scope: MessageScope,
  ): Promise<EncodedResponse> {
    const { header } = message;
    const writer = pool.take();
    try {
      const batchCountAt = beginResponse(writer, {
        version: header.version,
        timeStamp: seconds(),
        ...correlation(header, scope),
        batchCount: header.batchCount,
      });
      const limit = responseLimit(header, limits);
      const run = { message, session, scope, deadline, writer, limit };
      const count = await runBatch(options, run);
      endResponse(writer, batchCountAt, count);
      const response = pooledResponse(pool, writer);
      scope.ended(undefined);
      return response;
    } catch (error) {
      pool.give(writer);
      return refusal(error, scope, header);
    }
  }

  return {
    async handle(request, session, deadline) {
      const receivedAt = clock.monotonicMs();
      let message: RequestMessage;
      try {
        message = read(request);
      } catch (error) {
        return refusal(error, begin(session, undefined, receivedAt));
      }
      return await answer(message, session, deadline, begin(session, message, receivedAt));
    },
    refuse(failure, message, request) {
      const version = request === undefined ? OLDEST : versionShown(request);
      return plainResponse(encodeMessageFailure(answerable(version), failure, message, seconds()));
    },
  };
}

const OLDEST: KmipVersion = 10;

/** Refuses as a whole what would change the meaning of every item (KMIP 1.4 §6.7, §6.13). */
function requireAnswerable(header: RequestHeader, supported: readonly KmipVersion[]): void {
  const { version } = header;
  const options = { clientCorrelationValue: header.clientCorrelationValue };
  if (!supported.includes(version)) {
    throw new MessageFailure(
      'unsupportedProtocolVersion',
      'the protocol version is not supported',
      version,
      options,
    );
  }
  if (header.errorContinuation === 'undo') {
    throw new MessageFailure(
      'featureNotSupported',
      'the batch error continuation option undo is not supported',
      version,
      options,
    );
  }
  if (header.asynchronous === 'mandatory') {
    throw new MessageFailure(
      'featureNotSupported',
      'asynchronous operations are not supported',
      version,
      options,
    );
  }
}

/** What of a request comes back in the header of its response, and what this server calls it. */
function correlation(
  { clientCorrelationValue, serverCorrelationValue }: CorrelationValues,
  scope: MessageScope,
): Pick<ResponseHeader, 'clientCorrelationValue' | 'serverCorrelationValue'> {
  const server = scope.serverCorrelationValue ?? serverCorrelationValue;
  return {
    ...(clientCorrelationValue === undefined ? undefined : { clientCorrelationValue }),
    ...(server === undefined ? undefined : { serverCorrelationValue: server }),
  };
}

interface CorrelationValues {
  readonly clientCorrelationValue?: string | undefined;
  readonly serverCorrelationValue?: string | undefined;
}

/** No answer fits into nothing: a Maximum Response Size of 0 is read as one that was left open. */
function responseLimit({ maximumResponseSize }: RequestHeader, limits: EngineLimits): number {
  return maximumResponseSize === undefined || maximumResponseSize === 0
    ? limits.responseLength
    : Math.min(maximumResponseSize, limits.responseLength);
}

/** The version in the header of a message of which nothing else was looked at. */
function versionShown(request: Uint8Array): KmipVersion {
  try {
    const reader = new TtlvReader(request);
    reader.enter(TAG.requestMessage);
    reader.enter(TAG.requestHeader);
    const { major, minor } = readNamedVersion(reader);
    return kmipVersion(major, minor) ?? OLDEST;
  } catch (error) {
    if (error instanceof TtlvError) return OLDEST;
    throw error;
  }
}

function pooledResponse(pool: WriterPool, writer: TtlvWriter): EncodedResponse {
  let held = true;
  return {
    bytes: writer.finish(),
    secret: writer.secret,
    close: false,
    release() {
      // A second release would give somebody else's buffer away.
      if (!held) throw new RangeError('the response was released before');
      held = false;
      pool.give(writer);
    },
  };
}

/** A response without secrets in a buffer of its own. */
function plainResponse(bytes: Uint8Array): EncodedResponse {
  return { bytes, secret: false, close: false, release: () => undefined };
}
