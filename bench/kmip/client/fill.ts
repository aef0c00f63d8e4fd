import { decodeResponse } from '../../../src/kmip/messages/response.ts';
import { create } from '../../../src/kmip/payloads/create.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { ClientConnection, succeeded } from './connection.ts';
import type { FillJob } from './protocol.ts';
import { encodeRequests } from './requests.ts';

/** Makes so many keys and returns their identifiers. */
export async function fill({ endpoint, keys, connections }: FillJob): Promise<readonly string[]> {
  const [request] = encodeRequests('create', []);
  if (request === undefined) throw new RangeError('nothing to send');
  const uids: string[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    const connection = await ClientConnection.open(endpoint);
    try {
      while (begun < keys) {
        begun += 1;
        const answer = await Promise.race([
          connection.failure,
          new Promise<Buffer>((resolve) => {
            connection.ask(request, resolve);
          }),
        ]);
        uids.push(uidIn(answer));
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(connections, keys) }, work));
  return uids;
}

function uidIn(answer: Buffer): string {
  const { header, items } = decodeResponse(answer);
  const [item] = items;
  if (!succeeded(answer, 1) || item?.payload === undefined) {
    throw new Error(`the server made no key: ${item?.message ?? 'no reason given'}`);
  }
  return create.decodeResponse(new TtlvReader(item.payload), header.version).uid;
}
