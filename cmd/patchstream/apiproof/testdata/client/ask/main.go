// Ask asks an API by the client that was made of its OpenAPI document.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
)

func main() {
	if err := ask(context.Background(), os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func ask(ctx context.Context, url string) error {
	c, err := NewClientWithResponses(url)
	if err != nil {
		return err
	}
	status := []ListHostsParamsStatus{"NON_COMPLIANT"}
	limit := int64(10)
	hosts, err := c.ListHostsWithResponse(ctx, &ListHostsParams{Status: &status, Limit: &limit})
	if err != nil {
		return err
	}
	if hosts.JSON200 == nil || hosts.JSON200.Total != 1 || (*hosts.JSON200.Items)[0].Host != "web-1" || (*hosts.JSON200.Items)[0].Counts["MISSING"] != 1 {
		return fmt.Errorf("hosts: %d %s", hosts.StatusCode(), hosts.Body)
	}
	why, err := c.ExplainPatchWithResponse(ctx, "web-1", "openssl", nil)
	if err != nil {
		return err
	}
	if why.JSON200 == nil || why.JSON200.State != "MISSING" || len(*why.JSON200.Sentences) == 0 {
		return fmt.Errorf("explanation: %d %s", why.StatusCode(), why.Body)
	}
	changes, err := c.ListChangesWithResponse(ctx, &ListChangesParams{})
	if err != nil {
		return err
	}
	if changes.JSON200 == nil || changes.JSON200.Total != 1 || (*(*changes.JSON200.Items)[0].Transitions)[0].To != "MISSING" {
		return fmt.Errorf("changes: %d %s", changes.StatusCode(), changes.Body)
	}
	set, err := c.SetHostGroupWithResponse(ctx, "web-1", nil, SetHostGroupJSONRequestBody{Group: "web"})
	if err != nil {
		return err
	}
	if set.JSON200 == nil || set.JSON200.Recheck == nil || set.JSON200.Recheck.Hosts != 1 {
		return fmt.Errorf("group: %d %s", set.StatusCode(), set.Body)
	}
	wrong := []ListHostsParamsStatus{"GREEN"}
	refused, err := c.ListHostsWithResponse(ctx, &ListHostsParams{Status: &wrong})
	if err != nil {
		return err
	}
	if refused.StatusCode() != http.StatusUnprocessableEntity || refused.ApplicationproblemJSON422 == nil || *refused.ApplicationproblemJSON422.Status != http.StatusUnprocessableEntity {
		return fmt.Errorf("refused: %d %s", refused.StatusCode(), refused.Body)
	}
	return nil
}
