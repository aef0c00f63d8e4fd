import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MessageShape } from '../../../src/grpc/strict-decode.ts';
import * as admin from '../../../src/uplink-wire/admin-shapes.ts';
import * as uplink from '../../../src/uplink-wire/shapes.ts';

const messages = new Map<string, Map<number, string>>([['google.protobuf.Timestamp', new Map()]]);
for (const file of ['uplink', 'admin']) {
  const proto = readFileSync(`proto/cryptobroker/gateway/v1/${file}.proto`, 'utf8');
  for (const [, name = '', body = ''] of proto.matchAll(/^message (\w+) \{\n(.*?)^\}$/gms)) {
    const fields = new Map<number, string>();
    for (const [, type = '', number] of body.matchAll(/^ +(?:repeated )?([\w.]+) \w+ = (\d+);/gm)) {
      fields.set(Number(number), type);
    }
    messages.set(name, fields);
  }
}

/** The shape of a message as the .proto file says it; enumerations and numbers need none. */
function shapeOf(message: string): MessageShape {
  const shape: Record<number, 'string' | MessageShape> = {};
  for (const [number, type] of messages.get(message) ?? []) {
    if (type === 'string') shape[number] = 'string';
    else if (messages.has(type)) shape[number] = shapeOf(type);
  }
  return shape;
}

/** GET_STATUS_RESPONSE_SHAPE is the shape of GetStatusResponse. */
function messageOf(constant: string): string {
  return constant
    .replace(/_SHAPE$/, '')
    .toLowerCase()
    .replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

describe('shapes of the Uplink messages', () => {
  const named = { ...uplink, ...admin };
  it.each(Object.entries(named).filter(([name]) => name !== 'EMPTY_SHAPE'))(
    '%s is what the proto file says',
    (name, shape) => {
      const message = messageOf(name);
      expect(messages.has(message), `${message} is a message`).toBe(true);
      expect(shape).toEqual(shapeOf(message));
    },
  );
});
