package main

import (
	"k8s.io/apimachinery/pkg/api/meta"
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
		kind, err := kindOf(mapper, word)
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

// kindOf reads a word as kubectl does: as resource, version and group, where there are such, else as resource and group, or alone.
func kindOf(mapper meta.RESTMapper, word string) (schema.GroupVersionKind, error) {
	full, group := schema.ParseResourceArg(word)
	if full != nil {
		if kind, err := mapper.KindFor(*full); err == nil {
			return kind, nil
		}
	}
	return mapper.KindFor(group.WithVersion(""))
}
