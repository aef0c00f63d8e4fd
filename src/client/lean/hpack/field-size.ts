import type { HeaderField } from '../../http2/header-field.ts';

/** What a field costs in a table or a list: its octets and 32 (RFC 7541 §4.1, RFC 9113 §10.5.1). */
export function fieldSize({ name, value }: HeaderField): number {
  return name.length + value.length + 32;
}
