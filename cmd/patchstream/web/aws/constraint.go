package aws

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// constraint bounds a member: a text by its length, a list or map by its size, a number by its value.
type constraint struct {
	required bool
	min, max int    // max 0: none
	pattern  string // of the whole text
}

// patterns are those of constraints, compiled when the first is needed: most commands answer nobody.
var patterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	all := make(map[string]*regexp.Regexp)
	for _, c := range constraints {
		if c.pattern != "" {
			all[c.pattern] = regexp.MustCompile(`^(?:` + c.pattern + `)$`)
		}
	}
	return all
})

// check holds an input to the constraints. Its first violation is the error.
func check(in any) error { return checkMembers(reflect.ValueOf(in).Elem(), "") }

func checkMembers(v reflect.Value, at string) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Type == timeType {
			continue
		}
		if err := checkValue(v.Field(i), v.Type().Name()+"."+field.Name, below(at, lowerFirst(field.Name))); err != nil {
			return err
		}
	}
	return nil
}

// checkValue checks a value, and what is in it. member is its name among the constraints, at where it is in the request.
func checkValue(v reflect.Value, member, at string) error {
	c, bounded := constraints[member]
	if absent(v) {
		if c.required {
			return violation(nil, at, "Member must not be null")
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Type() == timeType {
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return checkMembers(v, at)
	case reflect.String:
		return checkText(c, v, at)
	case reflect.Int32, reflect.Int64:
		if bounded {
			return checkNumber(c, int(v.Int()), at)
		}
	case reflect.Slice:
		if err := checkSize(c, v.Len(), v, at); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := checkValue(v.Index(i), member+"[]", item1(at, i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		if err := checkSize(c, v.Len(), v, at); err != nil {
			return err
		}
		for key, entry := range v.Seq2() {
			if err := checkText(constraints[member+"{key}"], key, at+".key"); err != nil {
				return err
			}
			if err := checkText(constraints[member+"{}"], entry, below(at, key.String())); err != nil {
				return err
			}
		}
	}
	return nil
}

// absent reports whether a member was not given: of words that is the same as an empty one.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0 && v.Type() != reflect.TypeFor[string]()
	}
	return false
}

func checkText(c constraint, v reflect.Value, at string) error {
	text := v.String()
	n := utf8.RuneCountInString(text)
	switch words := wordsOf(v); {
	case words != nil && !words[text]:
		return violation(text, at, "Member must satisfy enum value set: "+listOf(v))
	case n < c.min:
		return violation(text, at, fmt.Sprintf("Member must have length greater than or equal to %d", c.min))
	case c.max > 0 && n > c.max:
		return violation(text, at, fmt.Sprintf("Member must have length less than or equal to %d", c.max))
	case c.pattern != "" && !patterns()[c.pattern].MatchString(text):
		return violation(text, at, "Member must satisfy regular expression pattern: "+c.pattern)
	}
	return nil
}

func checkNumber(c constraint, n int, at string) error {
	switch {
	case n < c.min:
		return violation(n, at, fmt.Sprintf("Member must have value greater than or equal to %d", c.min))
	case c.max > 0 && n > c.max:
		return violation(n, at, fmt.Sprintf("Member must have value less than or equal to %d", c.max))
	}
	return nil
}

func checkSize(c constraint, n int, v reflect.Value, at string) error {
	switch {
	case n < c.min:
		return violation(v.Interface(), at, fmt.Sprintf("Member must have length greater than or equal to %d", c.min))
	case c.max > 0 && n > c.max:
		return violation(nil, at, fmt.Sprintf("Member must have length less than or equal to %d", c.max))
	}
	return nil
}

// wordsOf are the values that a word of the SDK may have; nil: any text is good.
func wordsOf(v reflect.Value) map[string]bool {
	values := v.MethodByName("Values")
	if !values.IsValid() {
		return nil
	}
	words := make(map[string]bool)
	for _, word := range values.Call(nil)[0].Seq2() {
		words[word.String()] = true
	}
	return words
}

func listOf(v reflect.Value) string {
	var list []string
	for _, word := range v.MethodByName("Values").Call(nil)[0].Seq2() {
		list = append(list, word.String())
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// violation says what is wrong in AWS's words.
func violation(value any, at, constraint string) error {
	shown := "null"
	if value != nil {
		shown = fmt.Sprint(value)
	}
	if len(shown) > longest {
		shown = strings.ToValidUTF8(shown[:longest], "") + "…"
	}
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", shown, at, constraint)
}

// longest is how many bytes of a wrong value an error shows.
const longest = 200
