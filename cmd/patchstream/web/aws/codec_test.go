package aws_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
)

// shapes are the input and the output of an operation, as the SDK's client has them.
func shapes(t *testing.T, operation string) (in, out reflect.Type) {
	t.Helper()
	method, is := reflect.TypeFor[*ssm.Client]().MethodByName(operation)
	if !is {
		t.Fatalf("the SDK has no %s", operation)
	}
	return method.Type.In(2).Elem(), method.Type.Out(0).Elem()
}

// protocol is the SDK's own writer and reader of JSON 1.1.
var protocol = awsjson.New11(&smithy.ServiceSchema{Schema: smithy.NewSchema(smithy.ShapeID{Name: "AmazonSSM"}, smithy.ShapeTypeService, 0)})

func operationSchema() *smithy.OperationSchema {
	any := smithy.NewSchema(smithy.ShapeID{Name: "Any"}, smithy.ShapeTypeStructure, 0)
	return smithy.NewOperationSchema(any, any, any)
}

// filled sets every member of a value to something, lists to one to three, and leaves some out.
func filled(t *rapid.T, v reflect.Value, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "time")).UTC()))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem(), depth)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "ResultMetadata" && rapid.IntRange(0, 4).Draw(t, f.Name) > 0 {
				filled(t, v.Field(i), depth+1)
			}
		}
	case v.Kind() == reflect.Slice:
		n := rapid.IntRange(1, 3).Draw(t, "items")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			filled(t, v.Index(i), depth+1)
		}
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		filled(t, value, depth+1)
		v.SetMapIndex(reflect.ValueOf(rapid.String().Draw(t, "key")).Convert(v.Type().Key()), value)
	case v.Kind() == reflect.String:
		v.SetString(rapid.StringN(1, 8, -1).Draw(t, "text"))
	case v.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	default:
		v.SetInt(rapid.Int64Range(0, 1<<31-1).Draw(t, "number"))
	}
}

// same compares values of the SDK, but for what is no member.
func same(a, b any) string {
	hidden := gocmp.FilterPath(func(p gocmp.Path) bool {
		name := p.Last().String()
		return name == ".noSmithyDocumentSerde" || name == ".ResultMetadata"
	}, gocmp.Ignore())
	return gocmp.Diff(a, b, hidden, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(time.Millisecond)) // the SDK cuts off what a float has too little
}

// What the SDK writes we read, and what we write the SDK reads, of every operation.
func TestTheSDKReadsWhatWeWriteAndWritesWhatWeRead(t *testing.T) {
	t.Parallel()
	for operation := range aws.Operations() {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			inType, outType := shapes(t, operation)
			rapid.Check(t, func(t *rapid.T) {
				in, read := reflect.New(inType), reflect.New(inType)
				filled(t, in.Elem(), 0)
				r := smithyhttp.NewStackRequest().(*smithyhttp.Request)
				if err := protocol.SerializeRequest(context.Background(), operationSchema(), in.Interface().(smithy.Serializable), r); err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(r.GetStream())
				if err != nil {
					t.Fatal(err)
				}
				if err := aws.Decode(body, read.Interface()); err != nil {
					t.Fatalf("%v: %s", err, body)
				}
				if diff := same(in.Interface(), read.Interface()); diff != "" {
					t.Fatalf("%s\n%s", body, diff)
				}
				out, again := reflect.New(outType), reflect.New(outType)
				filled(t, out.Elem(), 0)
				if body, err = aws.Encode(out.Interface()); err != nil {
					t.Fatal(err)
				}
				response := &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}}
				if err := protocol.DeserializeResponse(context.Background(), operationSchema(), nil, response, again.Interface().(smithy.Deserializable)); err != nil {
					t.Fatalf("%v: %s", err, body)
				}
				if diff := same(out.Interface(), again.Interface()); diff != "" {
					t.Fatalf("%s\n%s", body, diff)
				}
			})
		})
	}
}

func TestABodyOfAnotherFormIsRefusedByName(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                              "JSON",
		`{`:                             "JSON",
		`{} {}`:                         "more than one",
		`[]`:                            "object",
		`null`:                          "object",
		`{"InstanceId":1}`:              "instanceId must be a string",
		`{"Filters":{}}`:                "filters must be a list",
		`{"Filters":[1]}`:               "filters.1.member must be an object",
		`{"Filters":[null]}`:            "null",
		`{"MaxResults":"10"}`:           "maxResults must be a whole number",
		`{"MaxResults":1.5}`:            "maxResults must be a whole number",
		`{"MaxResults":3000000000}`:     "32 bits",
		`{"Filters":[{"Values":[{}]}]}`: "filters.1.member.values.1.member must be a string",
	} {
		var failed *smithy.GenericAPIError
		err := aws.Decode([]byte(body), new(ssm.DescribeInstancePatchesInput))
		if failed, _ = err.(*smithy.GenericAPIError); failed == nil || failed.Code != "SerializationException" || !strings.Contains(failed.Message, want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	in := new(ssm.DescribeInstancePatchesInput)
	if err := aws.Decode([]byte(`{"InstanceId":"a","Unknown":[1,{}],"MaxResults":null}`), in); err != nil || *in.InstanceId != "a" || in.MaxResults != nil {
		t.Errorf("%+v: %v", in, err)
	}
	if err := aws.Decode([]byte(`{"ExecutionSummary":{"ExecutionTime":"2026-11-28"}}`), new(ssm.PutComplianceItemsInput)); err == nil || !strings.Contains(err.Error(), "executionSummary.executionTime must be a time") {
		t.Error(err)
	}
	put := new(ssm.PutComplianceItemsInput)
	if err := aws.Decode([]byte(`{"ExecutionSummary":{"ExecutionTime":1764345600.5}}`), put); err != nil || put.ExecutionSummary.ExecutionTime.UnixMilli() != 1764345600500 {
		t.Errorf("%+v: %v", put.ExecutionSummary, err)
	}
}

// Each constraint is on a member that there is; a name with a typo would bound nothing.
func TestConstraintsAreOnMembersThatThereAre(t *testing.T) {
	t.Parallel()
	there := make(map[string]bool)
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range of.NumField() {
			if f := of.Field(i); f.IsExported() {
				if name := of.Name() + "." + f.Name; !there[name] {
					there[name] = true
					walk(f.Type)
				}
			}
		}
	}
	client := reflect.TypeFor[*ssm.Client]()
	for i := range client.NumMethod() {
		if m := client.Method(i); m.Type.NumIn() > 2 && strings.HasSuffix(m.Type.In(2).String(), m.Name+"Input") {
			walk(m.Type.In(2))
		}
	}
	behind := regexp.MustCompile(`(\[\]|\{\}|\{key\})$`)
	for _, member := range aws.Constrained() {
		if !there[behind.ReplaceAllString(member, "")] {
			t.Errorf("%s: there is no such member", member)
		}
	}
}

func TestAViolationIsSaidInAWSsWords(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`:                                  "Value 'null' at 'instanceId' failed to satisfy constraint: Member must not be null",
		`{"InstanceId":"a","MaxResults":9}`:   "Value '9' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 10",
		`{"InstanceId":"a","MaxResults":101}`: "less than or equal to 100",
		`{"InstanceId":"a","Filters":[{},{},{},{},{},{}]}`:                          "at 'filters' failed to satisfy constraint: Member must have length less than or equal to 5",
		`{"InstanceId":"a","Filters":[{},{"Key":""}]}`:                              "Value '' at 'filters.2.member.key'",
		`{"InstanceId":"a","Filters":[{"Key":"State","Values":["a",""]}]}`:          "at 'filters.1.member.values.2.member'",
		`{"InstanceId":"a","Filters":[{"Key":"` + strings.Repeat("é", 128) + `"}]}`: "",
		`{"InstanceId":"a","Filters":[{"Key":"` + strings.Repeat("é", 129) + `"}]}`: "length less than or equal to 128",
	} {
		in := new(ssm.DescribeInstancePatchesInput)
		if err := aws.Decode([]byte(body), in); err != nil {
			t.Fatal(body, err)
		}
		if err := aws.Check(in); fmt.Sprint(err) == "<nil>" != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	var in ssm.DescribeInstancePatchStatesForPatchGroupInput
	if err := aws.Decode([]byte(`{"PatchGroup":"web","Filters":[{"Key":"MissingCount","Values":["1"],"Type":"More"}]}`), &in); err != nil {
		t.Fatal(err)
	}
	if err := aws.Check(&in); err == nil || !strings.Contains(err.Error(), "enum value set: [Equal, NotEqual, LessThan, GreaterThan]") {
		t.Error(err)
	}
}
