package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

func texts(values model.LabelValues) []string {
	found := []string{}
	for _, one := range values {
		found = append(found, string(one))
	}
	return found
}

func (t *trial) values(label string, matches ...string) []string {
	found, _, _, err := t.api.LabelValues(t.ctx, label, matches, t.end.Add(-30*time.Minute), t.end)
	if err != nil {
		return []string{err.Error()}
	}
	return texts(found)
}

// distinct values of events of the last half hour
func (t *trial) distinct(of func(event) string) []string {
	found := []string{}
	for _, one := range t.events {
		if value := of(one); value != "" && one.Ts >= t.end.Add(-30*time.Minute).UnixMilli() && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	sort.Strings(found)
	return found
}

func names(t *trial) {
	from, to := t.end.Add(-30*time.Minute), t.end
	info, err := t.api.Buildinfo(t.ctx)
	check("buildinfo", err, nil)
	check("a version that knows match[]", strings.HasPrefix(info.Version, "2."), true)
	one, _, _, err := t.api.Query(t.ctx, "1+1", t.end) // the health check
	check("1+1", err == nil && one.String() == "scalar: 2 @["+model.TimeFromUnix(t.end.Unix()).String()+"]", true)

	labels, _, _, err := t.api.LabelNames(t.ctx, []string{"shop:events"}, from, to)
	check("labels", labels, "__name__, country, device")
	check("labels without an error", err, nil)
	countries := t.distinct(func(e event) string { return e.Country })
	check("label_values(country)", t.values("country"), countries)
	check("label_values(shop:events, country)", t.values("country", "shop:events"), countries)
	check("label_values({__name__=...}, country)", t.values("country", `{__name__="shop:events"}`), countries)
	check("label_values({country=...}, device)", t.values("device", `{country="DE"}`),
		t.distinct(func(e event) string {
			if e.Country == "DE" {
				return e.Device
			}
			return ""
		}))
	check("a variable of several values", t.values("country", `shop:events{country=~"DE|FR"}`), "[DE FR]")
	check("names of metrics", t.values("__name__", `{__name__=~".*shop:e.*"}`), "[shop:events]")
	check("names by a list", t.values("__name__", `{__name__=~"shop:events|shop:views"}`), "[shop:events shop:views]")
	check("names of one", t.values("__name__", `shop:views`), "[shop:views]")
	check("names by a label", slices.Contains(t.values("__name__", `{country="DE"}`), "shop:events"), true)
	check("names by a label that is nowhere", t.values("__name__", `{nowhere="DE"}`), "[]")
	check("names by a label that is not there", slices.Contains(t.values("__name__", `{nowhere=""}`), "shop:events"), true)

	series, _, _, err := t.api.Series(t.ctx, []string{`{country="DE"}`}, from, to)
	check("series without an error", err, nil)
	check("series name metrics", slices.ContainsFunc(series, func(one model.LabelSet) bool {
		return one["__name__"] == "shop:events" && one["country"] == "DE"
	}), true)
	check("series of others are not there", slices.ContainsFunc(series, func(one model.LabelSet) bool {
		return one["country"] == "FR"
	}), false)

	metadata, err := t.api.Metadata(t.ctx, "", "")
	check("metadata", fmt.Sprint(err, metadata["shop:events"]), "<nil> [{counter count of events: how many events; shop, topic shop }]")
	exemplars, err := t.api.QueryExemplars(t.ctx, "shop:events", from, to)
	check("exemplars", len(exemplars) == 0 && err == nil, true)
	rules, err := t.api.Rules(t.ctx, nil)
	check("rules", len(rules.Groups) == 0 && err == nil, true)
	going, err := t.api.Alerts(t.ctx)
	check("alerts", len(going.Alerts) == 0 && err == nil, true)
}
