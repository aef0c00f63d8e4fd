/**
 * A log line as `key=value` pairs, from its JSON form: `time=… level=INFO msg="finished call" service=… method=…`.
 * Values with blanks, quotes or equal signs are quoted. For people; a collector reads the JSON form.
 */
export function textLine(jsonLine: string): string {
  const { time, level, msg, service, ...fields } = JSON.parse(jsonLine) as Record<string, unknown>;
  const pairs = Object.entries({ time, level, msg, service, ...fields });
  return `${pairs.map(([key, value]) => `${key}=${quoted(String(value))}`).join(' ')}\n`;
}

function quoted(value: string): string {
  return value !== '' && !/[\s"=\\]/.test(value) ? value : JSON.stringify(value);
}
