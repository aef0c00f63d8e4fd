// A Broker over grpc-go and Go's standard crypto: the yardstick of `npm run bench`. It does the work of the methods that
// are measured, as directly as Go allows, and writes a line of log for each call, as brokers in production do. Nothing is
// kept between calls. It serves until it is told to stop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"crypto-broker.bench/go/wire"
)

const (
	maxReceive = 2 << 20
	maxSend    = 1 << 20
	maxStreams = 1024
)

func main() {
	socket := flag.String("socket", "", "path of the Unix socket")
	log := flag.String("log", "requests", "requests: a line a call to standard output; off: none")
	flag.Parse()
	if err := serve(*socket, *log); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func serve(socket, log string) error {
	if socket == "" || (log != "requests" && log != "off") {
		return errors.New("-socket PATH [-log requests|off] is needed")
	}
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	syscall.Umask(0o177)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	interceptors := []grpc.UnaryServerInterceptor{recoverPanics}
	if log == "requests" {
		interceptors = append([]grpc.UnaryServerInterceptor{logCalls(logger)}, interceptors...)
	}
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxReceive),
		grpc.MaxSendMsgSize(maxSend),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ChainUnaryInterceptor(interceptors...),
	)
	wire.RegisterCryptoGrpcServer(server, &broker{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		server.Stop()
	}()
	logger.Info("serving", "socket", socket, "pid", os.Getpid())
	return server.Serve(listener)
}

// Facts that a line of the log has about a request and that its method knows.
type profiled interface{ GetProfile() string }

func logCalls(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		started := time.Now()
		response, err := next(ctx, request)
		profile := ""
		if known, ok := request.(profiled); ok {
			profile = known.GetProfile()
		}
		logger.LogAttrs(ctx, slog.LevelInfo, "finished call",
			slog.String("method", info.FullMethod),
			slog.String("profile", profile),
			slog.String("code", status.Code(err).String()),
			slog.Float64("durationMs", float64(time.Since(started).Nanoseconds())/1e6))
		return response, err
	}
}

func recoverPanics(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (response any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			slog.Error("panic", "cause", cause, "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "internal error")
		}
	}()
	return next(ctx, request)
}
