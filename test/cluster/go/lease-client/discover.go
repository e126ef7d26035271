package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// meaning is what a word means to the RESTMapper.
type meaning struct {
	Resource   string `json:"resource"`
	Kind       string `json:"kind"`
	Namespaced bool   `json:"namespaced"`
	Error      string `json:"error,omitempty"`
}

// meanings has the RESTMapper, with the short names of discovery, look the words up.
func meanings(config *rest.Config, words []string) (map[string]meaning, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	found := map[string]meaning{}
	for _, word := range words {
		// As kubectl reads a word: with version and group, with its group, or alone.
		full, group := schema.ParseResourceArg(word)
		asked := group.WithVersion("")
		if full != nil {
			asked = *full
		}
		kind, err := mapper.KindFor(asked)
		if err != nil {
			found[word] = meaning{Error: err.Error()}
			continue
		}
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			found[word] = meaning{Error: err.Error()}
			continue
		}
		found[word] = meaning{
			Resource:   mapping.Resource.GroupVersion().String() + "/" + mapping.Resource.Resource,
			Kind:       mapping.GroupVersionKind.Kind,
			Namespaced: mapping.Scope.Name() == "namespace",
		}
	}
	return found, nil
}
