package query

import (
	"context"
	"errors"
	"strings"

	"github.com/patchstream/patchstream/classify/baseline"
)

// Products returns the products of all hosts, in lower case.
type Products func(context.Context) (map[string]bool, error)

// once asks for the products at the first call alone. It is for one caller at a time.
func (p Products) once() Products {
	var have map[string]bool
	var err error
	asked := false
	return func(ctx context.Context) (map[string]bool, error) {
		if !asked {
			have, err = p(ctx)
			asked = true
		}
		return have, err
	}
}

// UnknownValues names the values of a baseline's filters that no list and no host has: they accept nothing. The hosts are asked for only where no list
// knows a value; where it is not yet known which there are, nothing is named.
func UnknownValues(ctx context.Context, b *baseline.Baseline, products Products) ([]string, error) {
	if len(b.UnknownValues(nil)) == 0 {
		return nil, nil
	}
	have, err := products(ctx)
	if errors.Is(err, ErrNotWhole) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return b.UnknownValues(func(key, value string) bool { return key == "PRODUCT" && have[strings.ToLower(value)] }), nil
}

// Products is a [Products].
func (f *Fleet) Products(ctx context.Context) (map[string]bool, error) {
	have := make(map[string]bool)
	err := f.All(ctx, func(h *Host) error {
		have[strings.ToLower(h.Report.About.OS.Product)] = true
		return nil
	})
	return have, err
}

// Products is a [Products].
func (x *Index) Products(ctx context.Context) (map[string]bool, error) {
	have := make(map[string]bool)
	err := x.read(ctx, func(s *snapshot) error {
		s.matching(&Filter{}, func(a *asOf) { have[strings.ToLower(a.os.Value().Product)] = true })
		return nil
	})
	return have, err
}
