import { readFileSync } from 'node:fs';

/** One message that another implementation wrote. */
export interface GoldenMessage {
  /** `1.4` */
  readonly version: string;
  readonly direction: 'request' | 'response';
  /** What it was for: `get-attributes`. */
  readonly exchange: string;
  readonly bytes: Uint8Array;
}

/** The messages of test/fixtures/kmip, by the library that wrote them. */
export const GOLDEN: Readonly<Record<'pykmip' | 'kmip-go', readonly GoldenMessage[]>> = {
  pykmip: readGolden('pykmip-0.11.0.hex'),
  'kmip-go': readGolden('kmip-go-0.8.1.hex'),
};

function readGolden(file: string): GoldenMessage[] {
  const text = readFileSync(new URL(`../../fixtures/kmip/${file}`, import.meta.url), 'utf8');
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const [version = '', direction, exchange = '', hex = ''] = line.split(' ');
    if (direction !== 'request' && direction !== 'response') throw new Error(`${file}: ${line}`);
    return [{ version, direction, exchange, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) }];
  });
}

/** The one message of this kind. */
export function golden(
  library: keyof typeof GOLDEN,
  version: string,
  direction: GoldenMessage['direction'],
  exchange: string,
): Uint8Array {
  const found = GOLDEN[library].find(
    (message) =>
      message.version === version &&
      message.direction === direction &&
      message.exchange === exchange,
  );
  if (found === undefined) throw new Error(`${library} has no ${version} ${direction} ${exchange}`);
  return found.bytes;
}
