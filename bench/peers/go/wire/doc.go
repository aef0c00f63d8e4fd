// Package wire is the protocol of the Broker as protoc-gen-go writes it from proto/cryptobroker/crypto_broker.proto. Made
// by `go generate ./wire` with protoc-gen-go v1.36.11 and protoc-gen-go-grpc v1.6.2 on the PATH.
package wire

//go:generate protoc --proto_path=../../../../proto --go_out=.. --go_opt=module=crypto-broker.bench/go --go_opt=Mcryptobroker/crypto_broker.proto=crypto-broker.bench/go/wire --go-grpc_out=.. --go-grpc_opt=module=crypto-broker.bench/go --go-grpc_opt=Mcryptobroker/crypto_broker.proto=crypto-broker.bench/go/wire cryptobroker/crypto_broker.proto
