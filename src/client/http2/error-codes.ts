/** Reasons for RST_STREAM and GOAWAY, by their number (RFC 9113 §7). */
const ERROR_CODE_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;
export type ErrorCodeName = (typeof ERROR_CODE_NAMES)[number];

/** The name of a number; undefined: one that the standard does not know, and that means no more than INTERNAL_ERROR. */
export function errorCodeName(code: number): ErrorCodeName | undefined {
  return ERROR_CODE_NAMES[code];
}

export function errorCodeNumber(name: ErrorCodeName): number {
  return ERROR_CODE_NAMES.indexOf(name);
}
