import { STATIC_TABLE } from './static-table.ts';

/**
 * The bytes of a field that need no table but the static one (RFC 7541 §6.1, §6.2.2): an index where the table has the
 * whole field, otherwise a literal that is not to be remembered. So a block made once is good for every connection.
 * `name` and `value` are ASCII.
 */
export function encodeField(name: string, value: string): Buffer {
  const whole = STATIC_TABLE.findIndex((field) => field.name === name && field.value === value);
  if (whole >= 0) return integer(whole + 1, 7, 0x80);
  const named = STATIC_TABLE.findIndex((field) => field.name === name);
  return Buffer.concat([
    named >= 0 ? integer(named + 1, 4, 0) : Buffer.concat([integer(0, 4, 0), text(name)]),
    text(value),
  ]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** §5.1: `prefix` bits of the first octet, which begins with `pattern`. */
function integer(value: number, prefix: number, pattern: number): Buffer {
  const mask = (1 << prefix) - 1;
  if (value < mask) return Buffer.of(pattern | value);
  const octets = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) octets.push((rest & 0x7f) | 0x80);
  octets.push(rest);
  return Buffer.from(octets);
}
