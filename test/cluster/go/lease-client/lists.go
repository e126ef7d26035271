package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/pager"
)

// listed is a list, whole or put together of its pages.
type listed struct {
	// Type of the list and of its items, as apiVersion/kind: each once.
	Types []string `json:"types"`
	Names []string `json:"names"`
	// Labels of each by its name, where it has some.
	Labels map[string]map[string]string `json:"labels"`
	// Sizes of the pages.
	Sizes []int `json:"sizes"`
	// ResourceVersions that the pages have, each once.
	ResourceVersions []string `json:"resourceVersions"`
}

// page is what a client gives for one request.
type page interface {
	metav1.ListInterface
	runtime.Object
}

// pages asks for one page.
type pages func(ctx context.Context, options metav1.ListOptions) (page, []metav1.Object, error)

// objectsOf has the items of a list as objects.
func objectsOf[T any, P interface {
	*T
	metav1.Object
}](items []T) []metav1.Object {
	objects := make([]metav1.Object, len(items))
	for i := range items {
		objects[i] = P(&items[i])
	}
	return objects
}

func pagesOf(client dynamic.ResourceInterface) pages {
	return func(ctx context.Context, options metav1.ListOptions) (page, []metav1.Object, error) {
		list, err := client.List(ctx, options)
		if err != nil {
			return nil, nil, err
		}
		return list, objectsOf(list.Items), nil
	}
}

func partialsOf(client metadata.ResourceInterface) pages {
	return func(ctx context.Context, options metav1.ListOptions) (page, []metav1.Object, error) {
		list, err := client.List(ctx, options)
		if err != nil {
			return nil, nil, err
		}
		return list, objectsOf(list.Items), nil
	}
}

func listAll(ctx context.Context, client dynamic.ResourceInterface) (listed, error) {
	return listPages(ctx, pagesOf(client), 0, selection{})
}

// listPages follows the continue tokens, through pages without an item too: a search may find nothing for a while.
func listPages(ctx context.Context, ask pages, limit int64, narrowed selection) (listed, error) {
	found := newListed()
	options := metav1.ListOptions{Limit: limit, LabelSelector: narrowed.Labels, FieldSelector: narrowed.Fields}
	for {
		list, items, err := ask(ctx, options)
		if err != nil {
			return found, err
		}
		found.Types = once(found.Types, typeOf(list))
		found.ResourceVersions = once(found.ResourceVersions, list.GetResourceVersion())
		found.Sizes = append(found.Sizes, len(items))
		for _, item := range items {
			found.add(item)
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return found, nil
		}
	}
}

// listByPager is what informers and most programs page with.
func listByPager(ctx context.Context, client dynamic.ResourceInterface, limit int64) (listed, error) {
	found := newListed()
	all := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		list, err := client.List(ctx, options)
		if err == nil {
			found.Sizes = append(found.Sizes, len(list.Items))
		}
		return list, err
	})
	all.PageSize = limit
	err := all.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		found.add(object.(*unstructured.Unstructured))
		return nil
	})
	return found, err
}

// newListed has no nil in it, which JSON would tell as null.
func newListed() listed {
	return listed{Types: []string{}, Names: []string{}, Labels: map[string]map[string]string{}, Sizes: []int{}, ResourceVersions: []string{}}
}

func (found *listed) add(item metav1.Object) {
	found.Names = append(found.Names, item.GetName())
	if labels := item.GetLabels(); len(labels) > 0 {
		found.Labels[item.GetName()] = labels
	}
	if object, ok := item.(runtime.Object); ok {
		found.Types = once(found.Types, typeOf(object))
	}
}

func typeOf(object runtime.Object) string {
	version, kind := object.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	return version + "/" + kind
}

func once(values []string, value string) []string {
	for _, known := range values {
		if known == value {
			return values
		}
	}
	return append(values, value)
}
