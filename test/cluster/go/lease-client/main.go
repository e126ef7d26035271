// lease-client asks the lease API as programs in Go do: with client-go's discovery, RESTMapper, dynamic and metadata clients and
// nothing of this project. It reads what to ask from standard input, and prints what it was answered:
//
//	{"kubeconfig":"…","namespace":"dhcp","limit":3,"get":"10.7.0.1","missing":"10.7.9.9","words":["dl"],"selections":[{"fields":"status.state=Active"}]}
//
// Nothing here judges an answer but client-go itself; whoever reads the report does. It ends with 1 where it could not ask at all.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/clientcmd"
)

// selection is what a list is narrowed by.
type selection struct {
	Labels string `json:"labels,omitempty"`
	Fields string `json:"fields,omitempty"`
}

// questions is what to ask.
type questions struct {
	Kubeconfig string `json:"kubeconfig"`
	Namespace  string `json:"namespace"`
	// Limit of a page.
	Limit int64 `json:"limit"`
	// Get is the name of a lease, Missing one of none.
	Get     string `json:"get"`
	Missing string `json:"missing"`
	// Words are what users call the resource.
	Words      []string    `json:"words"`
	Selections []selection `json:"selections"`
}

// report is what was answered.
type report struct {
	Words    map[string]meaning `json:"words"`
	List     listed             `json:"list"`
	Pages    listed             `json:"pages"`
	Pager    listed             `json:"pager"`
	Metadata listed             `json:"metadata"`
	Get      got                `json:"get"`
	Errors   map[string]failure `json:"errors"`
	// Selected has an answer for each selection, in their order.
	Selected []selected `json:"selected"`
}

var leases = schema.GroupVersionResource{Group: "state.kea-operator.io", Version: "v1alpha1", Resource: "leases"}

// A request of Kubernetes takes no longer than this.
const patience = 60 * time.Second

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var ask questions
	if err := json.NewDecoder(os.Stdin).Decode(&ask); err != nil {
		return fmt.Errorf("the questions on standard input: %w", err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", ask.Kubeconfig)
	if err != nil {
		return err
	}
	// client-go would send five requests a second.
	config.QPS = -1
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	objects := dynamicClient.Resource(leases).Namespace(ask.Namespace)
	partials := metadataClient.Resource(leases).Namespace(ask.Namespace)

	var told report
	if told.Words, err = meanings(config, ask.Words); err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	if told.List, err = listAll(ctx, objects); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if told.Pages, err = listPages(ctx, pagesOf(objects), ask.Limit, selection{}); err != nil {
		return fmt.Errorf("list page by page: %w", err)
	}
	if told.Pager, err = listByPager(ctx, objects, ask.Limit); err != nil {
		return fmt.Errorf("list by the pager: %w", err)
	}
	if told.Metadata, err = listPages(ctx, partialsOf(partials), ask.Limit, selection{}); err != nil {
		return fmt.Errorf("list of metadata: %w", err)
	}
	if told.Get, err = getOne(ctx, objects, partials, ask.Get); err != nil {
		return fmt.Errorf("get of %s: %w", ask.Get, err)
	}
	told.Errors = provoke(ctx, objects, ask.Missing)
	for _, what := range ask.Selections {
		told.Selected = append(told.Selected, selectBoth(ctx, objects, partials, ask.Limit, what))
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}
