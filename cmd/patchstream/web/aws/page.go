package aws

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// cursor is where a page of a list ended that is no list of the index's: behind the item of a key. It stays right as items come and go.
type cursor struct {
	Question uint64 `json:"q"`
	After    string `json:"a"`
}

// fingerprint tells questions apart: a token goes with the question of which it is.
func fingerprint(question ...any) uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(question)
	return h.Sum64()
}

func (c cursor) String() string {
	text, _ := json.Marshal(c) // a number and a text
	return base64.RawURLEncoding.EncodeToString(text)
}

// after reads a token for a question; the first page begins behind nothing.
func after(token *string, question uint64) (key string, more bool, err error) {
	if aws.ToString(token) == "" {
		return "", false, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(*token)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Question != question {
		return "", false, &types.InvalidNextToken{Message: aws.String("the token is none, or was given for another question: it goes with the same filters")}
	}
	return c.After, true, nil
}

// paged is a page of items, which are in the order of their keys, no two of which are the same. next is nil on the last one.
func paged[T any](items []T, key func(*T) string, token *string, question uint64, most int) (page []T, next *string, err error) {
	behind, more, err := after(token, question)
	if err != nil {
		return nil, nil, err
	}
	if more {
		at, found := slices.BinarySearchFunc(items, behind, func(item T, behind string) int { return strings.Compare(key(&item), behind) })
		if found {
			at++
		}
		items = items[at:]
	}
	if len(items) <= most {
		return items, nil, nil
	}
	return items[:most], aws.String(cursor{question, key(&items[most-1])}.String()), nil
}

// most is how many a page may have.
func most(asked *int32, otherwise int) int {
	if asked == nil {
		return otherwise
	}
	return int(*asked)
}

// token is what is answered as NextToken: absent on the last page.
func token(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}
