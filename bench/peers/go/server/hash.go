package main

import (
	"context"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"crypto-broker.bench/go/wire"
)

const largestInput = 1 << 20

type digest struct {
	name string
	sum  func(input []byte) []byte
}

// The hash of each profile of ../../../service/profiles/Profiles.yaml.
var digests = map[string]digest{
	"Default":     {"sha3-512", sha3Sum512},
	"SHA-256":     {"sha-256", func(input []byte) []byte { sum := sha256.Sum256(input); return sum[:] }},
	"SHA-384":     {"sha-384", func(input []byte) []byte { sum := sha512.Sum384(input); return sum[:] }},
	"SHA-512":     {"sha-512", func(input []byte) []byte { sum := sha512.Sum512(input); return sum[:] }},
	"SHA-512/256": {"sha-512/256", func(input []byte) []byte { sum := sha512.Sum512_256(input); return sum[:] }},
	"SHA3-256":    {"sha3-256", func(input []byte) []byte { sum := sha3.Sum256(input); return sum[:] }},
	"SHA3-384":    {"sha3-384", func(input []byte) []byte { sum := sha3.Sum384(input); return sum[:] }},
	"SHA3-512":    {"sha3-512", sha3Sum512},
	"SHAKE-128":   {"shake-128", func(input []byte) []byte { return sha3.SumSHAKE128(input, 16) }},
	"SHAKE-256":   {"shake-256", func(input []byte) []byte { return sha3.SumSHAKE256(input, 32) }},
}

func sha3Sum512(input []byte) []byte { sum := sha3.Sum512(input); return sum[:] }

type broker struct {
	wire.UnimplementedCryptoGrpcServer
}

func (*broker) HashData(_ context.Context, request *wire.HashDataRequest) (*wire.HashDataResponse, error) {
	chosen, known := digests[request.GetProfile()]
	if !known {
		return nil, status.Errorf(codes.InvalidArgument, "there is no profile: %s", request.GetProfile())
	}
	if len(request.GetInput()) > largestInput {
		return nil, status.Error(codes.InvalidArgument, "input: too large (max 1048576)")
	}
	sum := chosen.sum(request.GetInput())
	response := &wire.HashDataResponse{
		HashAlgorithm: chosen.name,
		Metadata:      request.GetMetadata(),
		Descriptor_:   &wire.CryptoDescriptor{Profile: request.GetProfile(), Operation: "HashData", Algorithm: chosen.name},
	}
	if request.GetOutputFormat() == wire.HashDataOutputFormat_HASH_DATA_OUTPUT_FORMAT_RAW {
		response.HashValue = &wire.HashDataResponse_HashValueRaw{HashValueRaw: sum}
	} else {
		response.HashValue = &wire.HashDataResponse_HashValueHex{HashValueHex: hex.EncodeToString(sum)}
	}
	return response, nil
}
