// flux-judge has Flux's own types read objects, so that a field that they do not know is found. It reads a list of objects as JSON from standard
// input, and prints what is wrong with each, in their order; nothing where Flux knows all of it:
//
//	["","… unknown field \"spec.intervall\""]
//
// It ends with 1 where it could not read the list.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	helm "github.com/fluxcd/helm-controller/api/v2"
	kustomize "github.com/fluxcd/kustomize-controller/api/v1"
	source "github.com/fluxcd/source-controller/api/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		return fmt.Errorf("the objects on standard input: %w", err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{helm.AddToScheme, kustomize.AddToScheme, source.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	reader := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	wrong := make([]string, len(objects))
	for i, object := range objects {
		if _, _, err := reader.Decode(object, nil, nil); err != nil {
			wrong[i] = err.Error()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(wrong)
}
