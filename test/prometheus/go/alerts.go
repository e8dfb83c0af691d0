package main

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

const every, hold, threshold = 15 * time.Second, time.Minute, 12

// alerts: Prometheus' alerting rule asks us every 15 s of the past half hour; when it waits and when it goes off is worked out from the events.
func alerts(t *trial) {
	expression := fmt.Sprintf("sum by (country) (increase(shop:events[1m])) > %d", threshold)
	parsed := must(parser.NewParser(parser.Options{}).ParseExpr(expression))
	rule := rules.NewAlertingRule("Busy", parsed, hold, 0, labels.EmptyLabels(), labels.EmptyLabels(),
		labels.EmptyLabels(), "", true, promslog.NewNopLogger())
	ask := func(ctx context.Context, query string, at time.Time) (promql.Vector, error) {
		value, _, _, err := t.api.Query(ctx, query, at)
		if err != nil {
			return nil, err
		}
		found := promql.Vector{}
		for _, sample := range value.(model.Vector) {
			own := labels.NewBuilder(labels.EmptyLabels())
			for label, text := range sample.Metric {
				own.Set(string(label), string(text))
			}
			found = append(found, promql.Sample{Metric: own.Labels(), T: int64(sample.Timestamp), F: float64(sample.Value)})
		}
		return found, nil
	}
	since := map[string]time.Time{}
	fired := 0
	for at := t.end.Add(-30 * time.Minute); !at.After(t.end); at = at.Add(every) {
		if _, err := rule.Eval(t.ctx, 0, at, ask, nil, 0); err != nil {
			check("rule at "+at.String(), err, nil)
			return
		}
		got := []string{}
		for _, alert := range rule.ActiveAlerts() {
			got = append(got, fmt.Sprint(alert.Labels.Get("country"), alert.State, alert.Value))
		}
		counts := map[string]int{}
		for _, one := range t.within(at, time.Minute, nil) {
			counts[one.Country]++
		}
		want := []string{}
		for _, country := range []string{"", "DE", "FR", "US"} {
			if counts[country] <= threshold {
				delete(since, country)
				continue
			}
			if _, is := since[country]; !is {
				since[country] = at
			}
			state := rules.StatePending
			if at.Sub(since[country]) >= hold {
				state = rules.StateFiring
				fired++
			}
			want = append(want, fmt.Sprint(country, state, float64(counts[country])))
		}
		sort.Strings(got)
		sort.Strings(want)
		check("alerts at "+at.UTC().String(), got, want)
	}
	check("an alert went off and one did not", fired > 0 && fired < 480, true)
}
