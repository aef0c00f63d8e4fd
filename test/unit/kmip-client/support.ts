import { duplexPair, type Duplex } from 'node:stream';
import { createClient, type KmipClient } from '../../../src/kmip-client/client.ts';
import { KmipConnection } from '../../../src/kmip-client/connection.ts';
import { decodeRequest } from '../../../src/kmip/messages/request.ts';
import type { RequestMessage } from '../../../src/kmip/messages/message.ts';
import {
  beginResponse,
  endResponse,
  writeResultItem,
  type ResultItem,
} from '../../../src/kmip/messages/response.ts';
import { MessageAssembler } from '../../../src/kmip/framing/message-assembler.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../src/kmip/version.ts';

export const TIMEOUT_MS = 5000;
export const MAX_RESPONSE = 8192;

/** A server that says what a test makes up; what it answers with undefined is never answered. */
export type Script = (request: RequestMessage, index: number) => Uint8Array | undefined;

export interface Scripted {
  readonly connection: KmipConnection;
  readonly requests: RequestMessage[];
  /** The server's end, and the client's. */
  readonly server: Duplex;
  readonly socket: Duplex;
}

/** A connection to a made-up server. */
export function scripted(script: Script, maxResponse = MAX_RESPONSE): Scripted {
  const [socket, server] = copyingPair();
  const requests: RequestMessage[] = [];
  const assembler = new MessageAssembler({ maxMessage: 1_048_576, side: 'request' });
  server.on('error', () => undefined);
  server.on('data', (chunk: Buffer) => {
    for (const bytes of assembler.push(chunk)) {
      const request = decodeRequest(bytes);
      requests.push(request);
      const answer = script(request, requests.length - 1);
      if (answer !== undefined) server.write(Buffer.from(answer));
    }
  });
  const connection = new KmipConnection({ socket, maxResponse, now: () => performance.now() });
  return { connection, requests, server, socket };
}

export interface ScriptedClient extends Scripted {
  readonly client: KmipClient;
}

/** A client of a made-up server. */
export function scriptedClient(
  script: Script,
  {
    version = 14,
    timeoutMs = TIMEOUT_MS,
    correlationId,
  }: { version?: KmipVersion; timeoutMs?: number; correlationId?: string } = {},
): ScriptedClient {
  const server = scripted(script);
  const { connection } = server;
  const client = createClient({
    connection,
    version,
    timeoutMs,
    maxResponse: MAX_RESPONSE,
    correlationId,
  });
  return { ...server, client };
}

/** A response message with these items. */
export function respond(
  version: KmipVersion,
  items: readonly ResultItem[],
  batchCount = items.length,
): Buffer {
  const writer = new TtlvWriter();
  const at = beginResponse(writer, { version, timeStamp: 0n, batchCount });
  for (const item of items) writeResultItem(writer, item);
  endResponse(writer, at, batchCount);
  return Buffer.from(writer.finish());
}

/** A pair of streams in memory that, as the kernel does, copy what is written before they say that it is written. */
function copyingPair(): [Duplex, Duplex] {
  const pair = duplexPair();
  for (const side of pair) {
    const write = side.write.bind(side);
    side.write = ((chunk: Uint8Array, callback?: () => void) =>
      write(Buffer.from(chunk), callback)) as typeof side.write;
  }
  return pair;
}
