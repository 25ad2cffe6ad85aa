package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

var timeType = reflect.TypeFor[time.Time]()

// decode reads a body as JSON 1.1 into an input of the SDK, whose fields are called as the members are. A member that is not known is ignored,
// as AWS does; null is as if it were absent.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return wrongType("the body is not JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wrongType("the body has more than one JSON value")
	}
	if _, is := value.(map[string]any); !is {
		return wrongType("the body must be a JSON object")
	}
	return assign(reflect.ValueOf(into).Elem(), value, "")
}

// assign puts a value of JSON into one of the SDK. at is where it is, for errors.
func assign(to reflect.Value, from any, at string) error {
	if from == nil {
		return nil
	}
	if to.Type() == timeType {
		return assignTime(to, from, at)
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return assign(to.Elem(), from, at)
	case reflect.Struct:
		return assignMembers(to, from, at)
	case reflect.Slice:
		return assignItems(to, from, at)
	case reflect.Map:
		return assignEntries(to, from, at)
	case reflect.String:
		text, is := from.(string)
		if !is {
			return wrongType("%s must be a string", at)
		}
		to.SetString(text)
	case reflect.Bool:
		b, is := from.(bool)
		if !is {
			return wrongType("%s must be true or false", at)
		}
		to.SetBool(b)
	case reflect.Int32, reflect.Int64:
		number, _ := from.(json.Number)
		n, err := strconv.ParseInt(number.String(), 10, to.Type().Bits())
		if err != nil {
			return wrongType("%s must be a whole number of %d bits", at, to.Type().Bits())
		}
		to.SetInt(n)
	default:
		return wrongType("%s is of a type that is not read", at)
	}
	return nil
}

// latest bounds the seconds of a time: the year 10000.
const latest = 253402300800

func assignTime(to reflect.Value, from any, at string) error {
	number, _ := from.(json.Number)
	seconds, err := number.Float64()
	if err != nil || math.Abs(seconds) > latest {
		return wrongType("%s must be a time in seconds since 1970", at)
	}
	to.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()))
	return nil
}

func assignMembers(to reflect.Value, from any, at string) error {
	members, is := from.(map[string]any)
	if !is {
		return wrongType("%s must be an object", at)
	}
	for i := range to.NumField() {
		field := to.Type().Field(i)
		value, given := members[field.Name]
		if !given { // a few members of the model begin in lower case
			value, given = members[lowerFirst(field.Name)]
		}
		if !given || !field.IsExported() {
			continue
		}
		if err := assign(to.Field(i), value, below(at, lowerFirst(field.Name))); err != nil {
			return err
		}
	}
	return nil
}

func assignItems(to reflect.Value, from any, at string) error {
	items, is := from.([]any)
	if !is {
		return wrongType("%s must be a list", at)
	}
	list := reflect.MakeSlice(to.Type(), len(items), len(items))
	for i, item := range items {
		if item == nil {
			return wrongType("%s must not have null in it", at)
		}
		if err := assign(list.Index(i), item, item1(at, i)); err != nil {
			return err
		}
	}
	to.Set(list)
	return nil
}

func assignEntries(to reflect.Value, from any, at string) error {
	entries, is := from.(map[string]any)
	if !is {
		return wrongType("%s must be an object", at)
	}
	m := reflect.MakeMapWithSize(to.Type(), len(entries))
	for key, entry := range entries {
		if entry == nil {
			continue
		}
		value := reflect.New(to.Type().Elem()).Elem()
		if err := assign(value, entry, below(at, key)); err != nil {
			return err
		}
		m.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), value)
	}
	to.Set(m)
	return nil
}

// below and item1 write where a member is as AWS does: filters.1.member.values.
func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func item1(at string, i int) string { return at + "." + strconv.Itoa(i+1) + ".member" }

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }
