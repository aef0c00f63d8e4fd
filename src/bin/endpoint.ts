/** `127.0.0.1:5696` or `[::1]:5696`, as the settings check it, in its two parts. */
export function splitEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const colon = endpoint.lastIndexOf(':');
  return {
    host: endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(endpoint.slice(colon + 1)),
  };
}
