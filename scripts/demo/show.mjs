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
 * @param {{sockets: string[], scratch: import('./scratch.mjs').Scratch, certificates: Record<string, string>}} options
 */
export function showCommands({ sockets, scratch, certificates }) {
  const [socket] = sockets;
  heading('Listening on');
  for (const path of sockets) console.log(`  ${path}`);
  heading('Try it');
  const run = 'node bin/cryptobroker.mjs';
  console.log(`  ${run} health --socket ${socket}
  ${run} hash-data 'Welcome CryptoBroker' --socket ${socket}
  ${run} sign-certificate --csr ${certificates.csr} --ca-cert ${certificates.caCertificate} \\
      --ca-key ${certificates.caKey} --socket ${socket} | openssl x509 -noout -text
  ${run} profiles list
  ${run} --help
  grpcurl -plaintext -unix ${socket} list

Everything is in ${scratch.path}; endpoints.json there says where. Ctrl-C ends it.`);
}

export function farewell({ failed, scratch }) {
  if (failed) console.error(`\nWhat was made is still in ${scratch.path}.`);
  else console.log('\nStopped. Nothing is left behind.');
}
