package main

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"os"
	"sort"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

// leaves: what is a plain series to Prometheus, and an expression to us.
var leaves = map[string]string{
	"A": `sum by (country) (increase(shop:events[1m]))`,
	"B": `sum by (country) (increase(shop:views[2m]))`,
	"C": `sum by (country, device) (increase(shop:events[30s]))`,
	"D": `avg by (device) (avg_over_time(shop:time[45s]))`,
	"E": `sum(increase(shop:orders[1m]))`,
	"F": `max by (country) (max_over_time(shop:time{country=~"DE|US"}[15s]))`,
}

// expressions: drawn at random, evaluated by us as a whole, and by Prometheus' engine over the series of the leaves.
func expressions(t *trial) {
	folder := must(os.MkdirTemp("", "tidemark-tsdb-"))
	defer os.RemoveAll(folder)
	db := must(tsdb.Open(folder, nil, nil, tsdb.DefaultOptions(), nil))
	defer db.Close()
	step := 15 * time.Second
	r := v1.Range{Start: t.end.Add(-10 * time.Minute), End: t.end, Step: step}
	appender := db.Appender(t.ctx)
	for name, leaf := range leaves {
		value, _, _, err := t.api.QueryRange(t.ctx, leaf, r)
		for _, series := range must(value, err).(model.Matrix) {
			own := labels.NewBuilder(labels.EmptyLabels()).Set("__name__", name)
			for label, text := range series.Metric {
				own.Set(string(label), string(text))
			}
			for _, sample := range series.Values {
				must(appender.Append(0, own.Labels(), int64(sample.Timestamp), float64(sample.Value)))
			}
		}
	}
	if err := appender.Commit(); err != nil {
		panic(err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 10_000_000, Timeout: time.Minute,
		LookbackDelta: step - time.Millisecond, // a gap is a gap
		Parser:        parser.NewParser(parser.Options{}),
	})
	random := rand.New(rand.NewSource(t.seed))
	refused := map[string]int{}
	for at := 0; at < t.asked; at++ {
		text := vector(random, 3)
		if at%10 == 0 { // ties are anybody's: no two of these are equal
			text = one(random, "topk", "bottomk") + one(random, "", " by (country)") + " (" + one(random, "1", "2", "3", "0", "100") + ", $D * $D or $F)"
		}
		ours := text
		for name, leaf := range leaves {
			ours = strings.ReplaceAll(ours, "$"+name, leaf)
		}
		theirs := strings.ReplaceAll(text, "$", "")
		query := must(engine.NewRangeQuery(context.Background(), db, nil, theirs, r.Start, r.End, step))
		result := query.Exec(t.ctx)
		value, _, _, err := t.api.QueryRange(t.ctx, ours, r)
		if err != nil && strings.Contains(err.Error(), "is not answered") {
			refused[err.Error()]++
			continue
		}
		if err != nil || result.Err != nil {
			check(fmt.Sprintf("%s: both fail (%v; %v)", text, err, result.Err), err != nil, result.Err != nil)
			query.Close()
			continue
		}
		want := map[string]float64{}
		for _, series := range must(result.Matrix()) {
			for _, point := range series.Floats {
				want[fmt.Sprint(named(series.Metric.Map()), point.T)] = point.F
			}
		}
		query.Close()
		faults := []string{}
		for _, series := range value.(model.Matrix) {
			all := map[string]string{}
			for label, text := range series.Metric {
				all[string(label)] = string(text)
			}
			for _, sample := range series.Values {
				key := fmt.Sprint(named(all), int64(sample.Timestamp))
				one, there := want[key]
				delete(want, key)
				if !there || !same(one, float64(sample.Value)) {
					faults = append(faults, fmt.Sprintf("%s: %v, Prometheus %v %v", key, sample.Value, one, there))
				}
			}
		}
		for key, one := range want {
			faults = append(faults, fmt.Sprintf("%s: nothing, Prometheus %v", key, one))
		}
		sort.Strings(faults)
		check(text, faults[:min(3, len(faults))], "[]")
	}
	for why, times := range refused {
		fmt.Printf("refused %d times: %s\n", times, why)
	}
}

// named: labels without the name, in order.
func named(all map[string]string) string {
	delete(all, "__name__")
	return fmt.Sprint(all)
}

func same(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b))
}

func one(random *rand.Rand, all ...string) string { return all[random.Intn(len(all))] }

func number(random *rand.Rand, depth int) string {
	switch random.Intn(8) {
	case 0:
		return "scalar($E)"
	case 1:
		return "-1.5"
	case 2:
		if depth > 0 {
			return "(" + number(random, depth-1) + one(random, " + ", " - ", " * ", " / ", " % ", " ^ ", " == bool ", " < bool ") + number(random, depth-1) + ")"
		}
		return "time()"
	default:
		return one(random, "0", "1", "2", "3", "7.25", "20", "0.5", "Inf", "NaN", "1e3", "0x10", "1m")
	}
}

func vector(random *rand.Rand, depth int) string {
	if depth == 0 {
		return one(random, "$A", "$B", "$C", "$D", "$E", "$F")
	}
	inner := func() string { return vector(random, depth-1) }
	match := one(random, "", "", "on (country) ", "ignoring (device) ", "on () ")
	arithmetic := one(random, "+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "== bool", "> bool", "<= bool")
	switch random.Intn(9) {
	case 0, 1:
		return "(" + inner() + " " + arithmetic + " " + number(random, 1) + ")"
	case 2:
		return "(" + number(random, 1) + " " + arithmetic + " " + inner() + ")"
	case 3, 4:
		return "(" + inner() + " " + arithmetic + " " + match + inner() + ")"
	case 5:
		return "(" + inner() + one(random, " and ", " or ", " unless ") + match + inner() + ")"
	case 6:
		return one(random, "abs", "ceil", "floor", "round", "sqrt", "exp", "ln", "log2", "log10", "sgn", "sort", "sort_desc", "absent") + "(" + inner() + ")"
	case 7:
		switch random.Intn(5) {
		case 0:
			return "clamp(" + inner() + ", " + number(random, 0) + ", " + number(random, 0) + ")"
		case 1:
			return "clamp_min(" + inner() + ", " + number(random, 0) + ")"
		case 2:
			return "clamp_max(" + inner() + ", " + number(random, 0) + ")"
		case 3:
			return "round(" + inner() + ", " + one(random, "0.1", "5", "0.25", "3") + ")"
		default:
			return "vector(" + number(random, 1) + ")"
		}
	default:
		return one(random, "sum", "avg", "min", "max", "count", "group") + one(random, "", " by (country)", " by (device)", " by (country, device)") + " (0 + " + inner() + ")"
	}
}
