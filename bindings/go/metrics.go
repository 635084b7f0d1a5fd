package ltn

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"time"
	"unsafe"
)

// MetricKind says how a metric behaves.
type MetricKind int32

const (
	MetricCounter   MetricKind = C.LTN_METRIC_COUNTER
	MetricGauge     MetricKind = C.LTN_METRIC_GAUGE
	MetricHistogram MetricKind = C.LTN_METRIC_HISTOGRAM
)

// Metric is one number, or one histogram of times, with its label.
type Metric struct {
	Kind       MetricKind
	Name       string
	Help       string
	Label      string
	LabelValue string
	Value      uint64 // histogram: how many times were taken
	Sum        time.Duration
	Buckets    []Bucket
}

// Bucket counts times up to Bound; the last bucket has no bound and says 0.
type Bucket struct {
	Bound time.Duration
	Count uint64
}

func metrics(get func(out **C.ltn_metrics, detail *C.ltn_error) C.ltn_status) ([]Metric, error) {
	var picture *C.ltn_metrics
	err := detailed(func(detail *C.ltn_error) C.ltn_status { return get(&picture, detail) })
	if err != nil {
		return nil, err
	}
	defer C.ltn_metrics_free(picture)
	count := C.ltn_metrics_count(picture)
	out := make([]Metric, 0, int(count))
	for i := C.size_t(0); i < count; i++ {
		m := C.ltn_metric{size: C.sizeof_ltn_metric}
		if C.ltn_metrics_get(picture, &m, i) != C.LTN_OK {
			break
		}
		metric := Metric{
			Kind:       MetricKind(m.kind),
			Name:       C.GoString(m.name),
			Help:       C.GoString(m.help),
			Label:      C.GoString(m.label),
			LabelValue: C.GoString(m.label_value),
			Value:      uint64(m.value),
			Sum:        time.Duration(m.sum_ns),
		}
		if n := int(m.bucket_count); n > 0 {
			counts := unsafe.Slice(m.bucket_counts, n)
			bounds := unsafe.Slice(m.bucket_bounds_ns, n-1)
			metric.Buckets = make([]Bucket, n)
			for b := range metric.Buckets {
				metric.Buckets[b].Count = uint64(counts[b])
				if b < len(bounds) {
					metric.Buckets[b].Bound = time.Duration(bounds[b])
				}
			}
		}
		out = append(out, metric)
	}
	return out, nil
}

func stat(name string, get func(value *C.uint64_t, name *C.char) C.ltn_status) (uint64, error) {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	var value C.uint64_t
	status := get(&value, text)
	return uint64(value), statusError(status)
}

func stats(names []string, get func(name string) (uint64, error)) (map[string]uint64, error) {
	out := make(map[string]uint64, len(names))
	for _, name := range names {
		value, err := get(name)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}
