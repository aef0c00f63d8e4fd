/**
 * Where released clients of the Open Crypto Broker look for the server. Both paths are fixed inside those clients: the
 * first since their second release, the other in the first one.
 */
export const HISTORIC_SOCKETS = [
  '/tmp/open-crypto-broker/crypto-broker-server.sock',
  '/tmp/cryptobroker.sock',
] as const;
