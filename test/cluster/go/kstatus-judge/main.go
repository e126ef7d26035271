// kstatus-judge has kstatus, by which Flux, kapp and Config Sync wait for objects, say how each of them is. It reads a list of objects
// as JSON from standard input, and prints a list of what kstatus says of them, in their order:
//
//	[{"status":"Failed","message":"…"}]
//
// Nothing here judges but kstatus itself. It ends with 1 where it could not read the list.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// judgement is what kstatus says of an object; of one that it cannot read, why.
type judgement struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var raw []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&raw); err != nil {
		return fmt.Errorf("the objects on standard input: %w", err)
	}
	judgements := make([]judgement, len(raw))
	for i, text := range raw {
		judgements[i] = judge(text)
	}
	return json.NewEncoder(os.Stdout).Encode(judgements)
}

func judge(text []byte) judgement {
	// Its own reader makes int64 of whole numbers, as kstatus expects of a generation.
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON(text); err != nil {
		return judgement{Error: err.Error()}
	}
	result, err := status.Compute(&object)
	if err != nil {
		return judgement{Error: err.Error()}
	}
	return judgement{Status: result.Status.String(), Message: result.Message}
}
