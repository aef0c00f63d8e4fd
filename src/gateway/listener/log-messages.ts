/** Texts of the lines an operator looks for. The log is searched by them, so they are not reworded. */
export const PORT_LOG = {
  listening: 'serving KMIP',
  acceptFailed: 'the KMIP port did not take a connection',
  handshakeFailed: 'TLS handshake with a KMIP client failed',
  clientRefused: 'KMIP client refused',
  connected: 'KMIP client connected',
  disconnected: 'KMIP client disconnected',
  identityChanged: 'KMIP client may no longer do what it did',
  reloaded: 'certificates of the KMIP port reloaded',
  reloadFailed: 'certificates of the KMIP port not reloaded',
  trustProblem: 'trust of a tenant is incomplete',
} as const;
