// Validate holds an OpenAPI document to the specification.
package main

import (
	"fmt"
	"os"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		fail(err)
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		fail(errs)
	}
	valid, problems := v.ValidateDocument()
	for _, p := range problems {
		fmt.Println(p.Message, p.Reason)
	}
	if !valid {
		os.Exit(1)
	}
}

func fail(why any) {
	fmt.Println(why)
	os.Exit(1)
}
