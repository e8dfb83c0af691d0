package main

import (
	"fmt"
	"math"
	"sort"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// within: events of [end - length, end) that pass.
func (t *trial) within(end time.Time, length time.Duration, of func(event) bool) []event {
	found := []event{}
	for _, one := range t.events {
		if one.Ts < end.UnixMilli() && one.Ts >= end.Add(-length).UnixMilli() && (of == nil || of(one)) {
			found = append(found, one)
		}
	}
	return found
}

type shape struct {
	query  string
	length time.Duration
	label  func(event) (string, bool)
	value  func([]event) (float64, bool)
}

func count(all []event) (float64, bool) { return float64(len(all)), true }
func country(e event) (string, bool)    { return e.Country, true }
func device(e event) (string, bool)     { return e.Device, true }
func total(event) (string, bool)        { return "", true }

// extreme of a field; no sample where there is no event
func of(field func(event) float64, merge func(a, b float64) float64) func([]event) (float64, bool) {
	return func(all []event) (float64, bool) {
		if len(all) == 0 {
			return 0, false
		}
		found := field(all[0])
		for _, one := range all[1:] {
			found = merge(found, field(one))
		}
		return found, true
	}
}

// numbers: dashboards' ranges, steps and rate intervals, each step counted again from the events.
func numbers(t *trial) {
	load := func(e event) float64 { return e.Load }
	for _, interval := range []time.Duration{4 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute} {
		text := fmt.Sprintf("%ds", int(interval.Seconds())) // as Grafana writes $__rate_interval
		shapes := []shape{
			{"sum(increase(shop:events[" + text + "]))", interval, total, count},
			{"sum by (country) (increase(shop:events[" + text + "]))", interval, country, count},
			{"sum by (device) (increase(shop:events{country=~\"(DE|FR)\"}[" + text + "]))", interval, func(e event) (string, bool) {
				return e.Device, e.Country == "DE" || e.Country == "FR"
			}, count},
			{"sum by (country) (rate(shop:events[" + text + "]))", interval, country, func(all []event) (float64, bool) {
				return float64(len(all)) / interval.Seconds(), true
			}},
			{"max by (country) (max_over_time(shop:time[" + text + "]))", interval, country, of(load, math.Max)},
			{"min by (country) (min_over_time(shop:time[" + text + "]))", interval, country, of(load, math.Min)},
		}
		for _, step := range []time.Duration{time.Second, 15 * time.Second, 67 * time.Second} {
			r := v1.Range{Start: t.end.Add(-20 * time.Minute), End: t.end, Step: step}
			for _, one := range shapes {
				t.range_(one, r)
			}
		}
	}
}

func (t *trial) range_(one shape, r v1.Range) {
	what := fmt.Sprintf("%s every %s", one.query, r.Step)
	value, _, _, err := t.api.QueryRange(t.ctx, one.query, r)
	if err != nil {
		check(what, err, nil)
		return
	}
	got := map[string]float64{}
	for _, series := range value.(model.Matrix) {
		name := ""
		for _, label := range series.Metric {
			name = string(label)
		}
		for _, sample := range series.Values {
			got[fmt.Sprint(name, "@", int64(sample.Timestamp))] = float64(sample.Value)
		}
	}
	groups := map[string]bool{}
	for _, e := range t.within(r.End, r.End.Sub(r.Start)+one.length, nil) {
		if name, is := one.label(e); is {
			groups[name] = true
		}
	}
	faults := []string{}
	for at := r.Start; !at.After(r.End); at = at.Add(r.Step) {
		for name := range groups {
			want, is := one.value(t.within(at, one.length, func(e event) bool {
				own, is := one.label(e)
				return is && own == name
			}))
			key := fmt.Sprint(name, "@", at.UnixMilli())
			have, there := got[key]
			delete(got, key)
			if is != there || math.Abs(have-want) > 1e-9 {
				faults = append(faults, fmt.Sprintf("%s: %v %v, events say %v %v", key, have, there, want, is))
			}
		}
	}
	for key := range got {
		faults = append(faults, key+": no event says so")
	}
	sort.Strings(faults)
	check(what, faults[:min(3, len(faults))], "[]")
}
