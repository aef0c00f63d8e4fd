// A load client as Go programs are: the generated stub on a stock grpc-go connection, one or more goroutines that call one
// after the other. It takes the options of ../../../load-client that mean something here, and prints the same JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"crypto-broker.bench/go/wire"
)

type options struct {
	socket, path, request string
	inFlight              int
	seconds, warmup       float64
	warmupInFlight        int
	serverPid             int
}

type result struct {
	Requests      int            `json:"requests"`
	Seconds       float64        `json:"seconds"`
	PerSecond     float64        `json:"perSecond"`
	Mean          float64        `json:"mean"`
	P50           float64        `json:"p50"`
	P90           float64        `json:"p90"`
	P99           float64        `json:"p99"`
	P999          float64        `json:"p999"`
	Max           float64        `json:"max"`
	Percentiles   [][2]float64   `json:"percentiles"`
	ServerCPU     float64        `json:"serverCpu"`
	ClientCPU     float64        `json:"clientCpu"`
	Failures      map[string]int `json:"failures"`
	Late          int            `json:"late"`
	NotSent       int            `json:"notSent"`
	Reconnects    int            `json:"reconnects"`
	RequestBytes  int            `json:"requestBytes"`
	AnswerBytes   int            `json:"answerBytes"`
	BytesPerCall  float64        `json:"bytesPerCall"`
	AllocsPerCall float64        `json:"allocsPerCall"`
}

func main() {
	var o options
	flag.StringVar(&o.socket, "socket", "", "the server's socket")
	flag.StringVar(&o.path, "path", "", "/package.Service/Method")
	flag.StringVar(&o.request, "request", "", "file with the request message")
	flag.IntVar(&o.inFlight, "in-flight", 1, "goroutines")
	flag.Float64Var(&o.seconds, "seconds", 1, "how long to measure")
	flag.Float64Var(&o.warmup, "warmup", 0, "how long to call before that")
	flag.IntVar(&o.warmupInFlight, "warmup-in-flight", 0, "goroutines meanwhile")
	flag.IntVar(&o.serverPid, "server-pid", 0, "whose processor time is told")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// One call; returns the bytes of its answer when they are wanted.
type caller func(ctx context.Context) (proto.Message, error)

func run(o options) error {
	connection, err := grpc.NewClient("unix:"+o.socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	message, err := os.ReadFile(o.request)
	if err != nil {
		return err
	}
	call, err := callerOf(connection, o.path, message)
	if err != nil {
		return err
	}
	warm := o.inFlight
	if o.warmupInFlight > 0 {
		warm = o.warmupInFlight
	}
	if _, err := load(call, warm, o.warmup); err != nil {
		return err
	}
	answer, err := call(context.Background())
	if err != nil {
		return err
	}
	var before, after runtime.MemStats
	note("measuring")
	runtime.ReadMemStats(&before)
	serverCPU, clientCPU, started := processorTime(o.serverPid), processorTime(os.Getpid()), time.Now()
	latencies, err := load(call, o.inFlight, o.seconds)
	elapsed := time.Since(started)
	serverCPU, clientCPU = processorTime(o.serverPid)-serverCPU, processorTime(os.Getpid())-clientCPU
	runtime.ReadMemStats(&after)
	note("measured")
	if err != nil {
		return err
	}
	if len(latencies) == 0 {
		return errors.New("no call ended in time")
	}
	r := summary(latencies, elapsed)
	r.ServerCPU = serverCPU / 1e3 / float64(r.Requests)
	r.ClientCPU = clientCPU / 1e3 / float64(r.Requests)
	r.RequestBytes, r.AnswerBytes = len(message), proto.Size(answer)
	r.BytesPerCall = float64(after.TotalAlloc-before.TotalAlloc) / float64(r.Requests)
	r.AllocsPerCall = float64(after.Mallocs-before.Mallocs) / float64(r.Requests)
	return json.NewEncoder(os.Stdout).Encode(map[string]result{"result": r})
}

func note(text string) { fmt.Printf("{\"note\":%q}\n", text) }

func callerOf(connection *grpc.ClientConn, path string, message []byte) (caller, error) {
	broker, health := wire.NewCryptoGrpcClient(connection), healthpb.NewHealthClient(connection)
	switch {
	case strings.HasSuffix(path, "/HashData"):
		request := &wire.HashDataRequest{}
		return func(ctx context.Context) (proto.Message, error) {
			response, err := broker.HashData(ctx, request)
			if err == nil && response.GetHashValueHex() == "" {
				err = errors.New("an answer without a hash")
			}
			return response, err
		}, proto.Unmarshal(message, request)
	case strings.HasSuffix(path, "/SignCertificate"):
		request := &wire.SignCertificateRequest{}
		return func(ctx context.Context) (proto.Message, error) {
			response, err := broker.SignCertificate(ctx, request)
			if err == nil && response.GetPem() == "" && len(response.GetDer()) == 0 {
				err = errors.New("an answer without a certificate")
			}
			return response, err
		}, proto.Unmarshal(message, request)
	case strings.HasSuffix(path, "/Check"):
		request := &healthpb.HealthCheckRequest{}
		return func(ctx context.Context) (proto.Message, error) { return health.Check(ctx, request) },
			proto.Unmarshal(message, request)
	}
	return nil, fmt.Errorf("%s is not known here", path)
}

// Has so many goroutines call for so many seconds; the latencies of all calls in nanoseconds.
func load(call caller, goroutines int, seconds float64) ([]int64, error) {
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	all := make([][]int64, goroutines)
	failures := make(chan error, goroutines)
	var group sync.WaitGroup
	for i := range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			latencies := make([]int64, 0, 1<<16)
			for begun := time.Now(); begun.Before(end); {
				if _, err := call(context.Background()); err != nil {
					failures <- err
					return
				}
				answered := time.Now()
				latencies = append(latencies, answered.Sub(begun).Nanoseconds())
				begun = answered
			}
			all[i] = latencies
		}()
	}
	group.Wait()
	select {
	case err := <-failures:
		return nil, err
	default:
		return slices.Concat(all...), nil
	}
}

func summary(latencies []int64, elapsed time.Duration) result {
	slices.Sort(latencies)
	at := func(percent float64) float64 {
		index := int(math.Ceil(percent/100*float64(len(latencies)))) - 1
		return float64(latencies[max(index, 0)]) / 1e3
	}
	sum := int64(0)
	for _, latency := range latencies {
		sum += latency
	}
	r := result{
		Requests:  len(latencies),
		Seconds:   elapsed.Seconds(),
		PerSecond: float64(len(latencies)) / elapsed.Seconds(),
		Mean:      float64(sum) / float64(len(latencies)) / 1e3,
		P50:       at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: at(100),
		Failures: map[string]int{},
	}
	for _, percent := range []float64{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.99, 100} {
		r.Percentiles = append(r.Percentiles, [2]float64{percent, at(percent)})
	}
	return r
}
