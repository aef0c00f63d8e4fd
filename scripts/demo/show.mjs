// What a person reads.

const WIDTH = 14;

/** One line of the demonstration: a mark, what was done, and what came of it. */
export function show(what, result) {
  console.log(`  ✓ ${what.padEnd(WIDTH)} ${result}`);
}

export function heading(text) {
  console.log(`\n${text}`);
}

/**
 * @param {{sockets: string[], scratch: import('./scratch.mjs').Scratch, certificates: Record<string, string>, krypton: import('./krypton.mjs').Krypton}} options
 */
export function showCommands({ sockets, scratch, certificates, krypton }) {
  const [socket] = sockets;
  heading('Listening on');
  for (const path of sockets) console.log(`  ${path}  (Broker)`);
  console.log(`  127.0.0.1:${krypton.kmipPort}  (KMIP)
  127.0.0.1:${krypton.corePort}  (Core, for Gateways)`);
  heading('Try it');
  const run = 'node bin/cryptobroker.mjs';
  console.log(`  ${run} health --socket ${socket}
  ${run} hash-data 'Welcome CryptoBroker' --socket ${socket}
  ${run} sign-certificate --csr ${certificates.csr} --ca-cert ${certificates.caCertificate} \\
      --ca-key ${certificates.caKey} --socket ${socket} | openssl x509 -noout -text
  ${run} profiles list
  ${run} --help
  grpcurl -plaintext -unix ${socket} list

  export CRYPTO_BROKER_KMIP_SERVER=localhost:${krypton.kmipPort} CRYPTO_BROKER_KMIP_CA=${krypton.certificates.kmipCa.certificate} \\
      CRYPTO_BROKER_KMIP_CERT=${krypton.certificates.client.certificate} CRYPTO_BROKER_KMIP_KEY=${krypton.certificates.client.key}
  ${run} kmip create --get --hex
  ${run} kmip locate
  ${run} gateway status --status-socket ${krypton.statusSocket}
  ${run} core key list acme --admin-socket ${krypton.adminSocket}

Everything is in ${scratch.path}; endpoints.json there says where. Ctrl-C ends it.`);
}

export function farewell({ failed, scratch }) {
  if (failed) console.error(`\nWhat was made is still in ${scratch.path}.`);
  else console.log('\nStopped. Nothing is left behind.');
}
