import { FRAME, writeFrameHeader, writeUint32 } from '../../../src/client/lean/frames.ts';

/** What every client begins with (RFC 9113 §3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const NOTHING = Buffer.alloc(0);

/** A frame as it goes over the wire; nothing is checked, for most of what is made of it is wrong on purpose. */
export function frame(
  type: keyof typeof FRAME | number,
  flags: number,
  stream: number,
  payload: Uint8Array = NOTHING,
): Buffer {
  const bytes = Buffer.alloc(9 + payload.byteLength);
  const number = typeof type === 'number' ? type : FRAME[type];
  bytes.set(payload, writeFrameHeader(bytes, 0, payload.byteLength, number, flags, stream));
  return bytes;
}

/** A 32-bit number, the whole payload of RST_STREAM and WINDOW_UPDATE. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

/** SETTINGS with these pairs of identifier and value, which may repeat (RFC 9113 §6.5). */
export function settingsFrame(pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = pairs.map(([id, value]) =>
    Buffer.concat([Buffer.of(id >> 8, id), uint32(value)]),
  );
  return frame('settings', 0, 0, Buffer.concat(payload));
}

export function resetFrame(stream: number, code: number): Buffer {
  return frame('rstStream', 0, stream, uint32(code));
}

export function windowFrame(stream: number, increment: number): Buffer {
  return frame('windowUpdate', 0, stream, uint32(increment));
}

/** A payload with its padding around it (RFC 9113 §6.1). */
export function padded(payload: Uint8Array, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)]);
}
