#!/bin/sh
# Makes throwaway certificates and the Core's root secret for compose.yaml, with openssl: for trying it out. In production they
# come from your own authorities. Run it as root: the files belong to user 65532, who the containers run as, and to nobody else.
#
#   sudo ./make-secrets.sh [DIRECTORY]      default: secrets, beside this script; it must not be there yet
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
days=30
owner=65532

if [ -e "$out" ]; then
  echo "$out is there already: remove it to make everything anew" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "run this as root: the files have to belong to user $owner" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '[req]\ndistinguished_name = name\n[name]\n' >"$work/request.cnf"

# key FILE CURVE
key() {
  openssl genpkey -quiet -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1" 2>/dev/null ||
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1"
}

# ca NAME COMMON-NAME: its certificate is kept, its key ends with this script
ca() {
  key "$work/$1-key.pem" P-384
  printf 'basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n' >"$work/$1.ext"
  openssl req -new -config "$work/request.cnf" -key "$work/$1-key.pem" -subj "/CN=$2" -out "$work/$1.csr"
  openssl x509 -req -sha384 -days "$days" -in "$work/$1.csr" -signkey "$work/$1-key.pem" -extfile "$work/$1.ext" \
    -out "$work/$1.pem" 2>/dev/null
}

# leaf NAME CA COMMON-NAME USAGE SUBJECT-ALTERNATIVE-NAMES
leaf() {
  key "$work/$1-key.pem" P-256
  printf 'basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = %s\nsubjectAltName = %s\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n' \
    "$4" "$5" >"$work/$1.ext"
  openssl req -new -config "$work/request.cnf" -key "$work/$1-key.pem" -subj "/CN=$3" -out "$work/$1.csr"
  openssl x509 -req -sha384 -days "$days" -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2-key.pem" -CAcreateserial \
    -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
}

ca core-ca 'Example Core CA'
leaf core core-ca core serverAuth 'DNS:core, DNS:localhost, IP:127.0.0.1'
leaf gateway core-ca gateway-1 clientAuth 'URI:spiffe://example.org/gateway/gateway-1'

ca kmip-ca 'Example KMIP CA'
leaf kmip kmip-ca gateway serverAuth 'DNS:gateway, DNS:localhost, IP:127.0.0.1'

ca client-ca 'Example client CA'
leaf client client-ca app-1 clientAuth 'URI:spiffe://example.org/payments/app-1'

openssl rand -hex 32 >"$work/root-secret"

mkdir -p "$out"
for name in core-ca kmip-ca client-ca; do cp "$work/$name.pem" "$out/"; done
for name in core gateway kmip client; do cp "$work/$name.pem" "$work/$name-key.pem" "$out/"; done
cp "$work/root-secret" "$out/"
chmod 0600 "$out"/*
chmod 0700 "$out"
chown -R "$owner:$owner" "$out"
# Grafana reads its administrator's password as its own user.
openssl rand -hex 16 >"$out/grafana-admin"
chown 472:472 "$out/grafana-admin"
echo "made in $out, for $days days"
