package bench

import (
	"math"
	"slices"
)

// Spread is what repeats of one measurement came to.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(all []float64) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(all))
	return Spread{Median: median(sorted), Min: sorted[0], Max: sorted[len(sorted)-1]}
}

func median(sorted []float64) float64 {
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// spread returns what the repeats came to in one of the things that were measured.
func spread[S any](all []S, of func(S) float64) Spread {
	values := make([]float64, len(all))
	for i, s := range all {
		values[i] = of(s)
	}
	return spreadOf(values)
}

// quantile returns the value that so large a part is not above: of few values the greatest one.
func quantile(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(part*float64(len(sorted))))-1))]
}

// over divides, and is 0 where that is not possible.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
