// A configuration file for PyKMIP's client, ready to use: ProxyKmipClient(config='client', config_file=…).

/**
 * @param {import('./scratch.mjs').Scratch} scratch
 * @param {import('./krypton.mjs').Krypton} krypton
 * @returns {string} its path
 */
export function writePykmipConfiguration(scratch, { kmipPort, certificates }) {
  return scratch.write(
    'pykmip.conf',
    `[client]
host=127.0.0.1
port=${kmipPort}
keyfile=${certificates.client.key}
certfile=${certificates.client.certificate}
ca_certs=${certificates.kmipCa.certificate}
cert_reqs=CERT_REQUIRED
ssl_version=PROTOCOL_TLSv1_2
do_handshake_on_connect=True
suppress_ragged_eofs=True
`,
  );
}
