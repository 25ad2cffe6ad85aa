package aws

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// encode writes an output of the SDK as JSON 1.1. What is nil or an empty word is absent; a number or truth that is no pointer is always there,
// since AWS writes those too, also where they are zero.
func encode(output any) ([]byte, error) {
	value, err := plain(reflect.ValueOf(output))
	if err != nil {
		return nil, err
	}
	if value == nil {
		value = map[string]any{}
	}
	return json.Marshal(value)
}

// plain makes a value of JSON of one of the SDK; nil: it is absent.
func plain(v reflect.Value) (any, error) {
	if v.Type() == timeType {
		return float64(v.Interface().(time.Time).UnixMilli()) / 1000, nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		if v.Elem().Kind() == reflect.String { // an empty text is one
			return v.Elem().String(), nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		return plainMembers(v)
	case reflect.Slice:
		return plainItems(v)
	case reflect.Map:
		return plainEntries(v)
	case reflect.String:
		if v.Len() == 0 {
			return nil, nil
		}
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int32, reflect.Int64:
		return v.Int(), nil
	}
	return nil, fmt.Errorf("encode a %s", v.Type())
}

func plainMembers(v reflect.Value) (any, error) {
	members := make(map[string]any)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" { // of the client
			continue
		}
		value, err := plain(v.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name, err)
		}
		if value != nil {
			members[field.Name] = value
		}
	}
	return members, nil
}

func plainItems(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	items := make([]any, 0, v.Len())
	for i := range v.Len() {
		item := v.Index(i)
		if item.Kind() == reflect.String {
			items = append(items, item.String())
			continue
		}
		value, err := plain(item)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	return items, nil
}

func plainEntries(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	entries := make(map[string]any, v.Len())
	for key, entry := range v.Seq2() {
		if entry.Kind() == reflect.String {
			entries[key.String()] = entry.String()
			continue
		}
		value, err := plain(entry)
		if err != nil {
			return nil, err
		}
		entries[key.String()] = value
	}
	return entries, nil
}
