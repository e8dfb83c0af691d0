// Prometheus' own code against our API: its client asks, its parser and engine judge expressions, its alerting rules go off.
//
//	go run . URL EVENTS.json EXPRESSIONS SEED
//
// EVENTS.json: { "end": ms, "shop": [{ "ts", "country", "device", "load", "amount", "visitor", "type" }] }, all that the source `shop` holds.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

type event struct {
	Ts      int64   `json:"ts"`
	Country string  `json:"country"`
	Device  string  `json:"device"`
	Type    string  `json:"type"`
	Visitor string  `json:"visitor"`
	Load    float64 `json:"load"`
	Amount  float64 `json:"amount"`
}

type trial struct {
	api    v1.API
	ctx    context.Context
	end    time.Time
	events []event
	asked  int
	seed   int64
}

var good, bad int

// check prints what did not hold; `got` and `want` are compared as they print.
func check(what string, got, want any) {
	g, w := fmt.Sprint(got), fmt.Sprint(want)
	if g == w {
		good++
		return
	}
	bad++
	if bad < 40 {
		fmt.Printf("BAD %s\n   got  %.400s\n   want %.400s\n", what, g, w)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("BAD", err)
		os.Exit(1)
	}
	return value
}

func main() {
	client := must(api.NewClient(api.Config{Address: os.Args[1]}))
	var log struct {
		End  int64
		Shop []event
	}
	if err := json.Unmarshal(must(os.ReadFile(os.Args[2])), &log); err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	t := &trial{api: v1.NewAPI(client), ctx: ctx, end: time.UnixMilli(log.End), events: log.Shop,
		asked: must(strconv.Atoi(os.Args[3])), seed: int64(must(strconv.Atoi(os.Args[4])))}
	for _, part := range []struct {
		name string
		run  func(*trial)
	}{
		{"what Grafana asks beside queries", names},
		{"numbers against events", numbers},
		{"expressions against Prometheus' engine", expressions},
		{"alerting rules", alerts},
	} {
		before, failed := good, bad
		part.run(t)
		fmt.Printf("%s: %d held, %d did not\n", part.name, good-before, bad-failed)
	}
	fmt.Printf("%d passed, %d failed, 0 skipped\n", good, bad)
	if bad > 0 {
		os.Exit(1)
	}
}
