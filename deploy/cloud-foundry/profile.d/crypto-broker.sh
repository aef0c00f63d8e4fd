# Sourced before the application and before each sidecar: where the Broker's socket is that only this container can reach.
export CRYPTO_BROKER_SOCKET="${CRYPTO_BROKER_SOCKET:-${TMPDIR:-/tmp}/crypto-broker/broker.sock}"
