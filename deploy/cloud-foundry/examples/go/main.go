// A web application that hashes by the Broker beside it, through the released Go client: it finds the Broker on the
// socket that this client has always looked for.
//
//	GET /hash?text=…&profile=…   the hash, as JSON
//	GET /healthz                 200 when the Broker serves, else 503: what Cloud Foundry asks
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	broker "github.com/open-crypto-broker/crypto-broker-client-go"
)

const (
	callTimeout   = 5 * time.Second
	healthTimeout = 800 * time.Millisecond
	// How long the Broker may take to start, in attempts of the client, one a second.
	startAttempts = 60
	longestText   = 64 << 10
	// Cloud Foundry waits ten seconds after SIGTERM.
	stopTimeout = 8 * time.Second
)

type app struct {
	// The client connects when it is made; until then there is none.
	client atomic.Pointer[broker.Library]
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("service", "example"))
	if err := run(); err != nil {
		slog.Error("stopped", "error", err.Error())
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var a app
	ended := make(chan error, 2)
	// The order in which Cloud Foundry starts application and sidecar is not defined: listen at once, connect meanwhile.
	go func() {
		client, err := broker.NewLibrary(ctx, broker.GrpcConfig{ConnMaxRetries: startAttempts})
		if err != nil {
			ended <- err
			return
		}
		a.client.Store(client)
		slog.Info("connected")
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hash", a.hash)
	mux.HandleFunc("GET /healthz", a.health)
	server := &http.Server{Addr: ":" + port(), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { ended <- server.ListenAndServe() }()
	slog.Info("listening", "port", port())

	select {
	case err := <-ended:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done():
	}
	slog.Info("stopping")
	last, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := server.Shutdown(last)
	if client := a.client.Load(); client != nil {
		err = errors.Join(err, client.Close())
	}
	return err
}

func (a *app) hash(w http.ResponseWriter, r *http.Request) {
	text, profile := r.FormValue("text"), r.FormValue("profile")
	if len(text) > longestText {
		reply(w, http.StatusRequestEntityTooLarge, map[string]string{"error": "TOO_LONG"})
		return
	}
	if profile == "" {
		profile = "Default"
	}
	client := a.client.Load()
	if client == nil {
		reply(w, http.StatusServiceUnavailable, map[string]string{"error": "NOT_CONNECTED"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
	defer cancel()
	answer, err := client.HashData(ctx, broker.HashDataPayload{
		Profile: profile, Input: []byte(text), OutputFormat: broker.OutputFormatHex,
	})
	if err != nil {
		slog.Warn("call failed", "error", err.Error())
		reply(w, http.StatusServiceUnavailable, map[string]string{"error": "CALL_FAILED"})
		return
	}
	reply(w, http.StatusOK, map[string]string{
		"algorithm": answer.GetHashAlgorithm(), "hex": answer.GetHashValueHex(),
	})
}

func (a *app) health(w http.ResponseWriter, r *http.Request) {
	status := "UNKNOWN"
	if client := a.client.Load(); client != nil {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		status = client.HealthData(ctx).Status
	}
	code := http.StatusServiceUnavailable
	if status == "SERVING" {
		code = http.StatusOK
	}
	reply(w, code, map[string]string{"broker": status})
}

func reply(w http.ResponseWriter, code int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		slog.Warn("reply not sent", "error", err.Error())
	}
}

func port() string {
	if value := os.Getenv("PORT"); value != "" {
		return value
	}
	return "8080"
}
