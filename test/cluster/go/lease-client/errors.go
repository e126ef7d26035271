package main

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
)

// failure is how client-go understood a refusal.
type failure struct {
	// Code is 0 where there was no metav1.Status.
	Code    int32  `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Group, kind and name of the Status' details.
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	// Is has the names of the functions of apimachinery that know the error.
	Is []string `json:"is"`
}

func failureOf(err error) failure {
	if err == nil {
		return failure{Message: "there was no error", Is: []string{}}
	}
	told := failure{Message: err.Error(), Is: []string{}}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		from := status.Status()
		told.Code, told.Reason, told.Message = from.Code, string(from.Reason), from.Message
		if from.Details != nil {
			told.Group, told.Kind, told.Name = from.Details.Group, from.Details.Kind, from.Details.Name
		}
	}
	known := []struct {
		name string
		is   func(error) bool
	}{
		{"NotFound", apierrors.IsNotFound},
		{"BadRequest", apierrors.IsBadRequest},
		{"MethodNotSupported", apierrors.IsMethodNotSupported},
		{"ResourceExpired", apierrors.IsResourceExpired},
		{"Forbidden", apierrors.IsForbidden},
		{"InternalError", apierrors.IsInternalError},
		{"UnexpectedServerError", apierrors.IsUnexpectedServerError},
	}
	for _, one := range known {
		if one.is(err) {
			told.Is = append(told.Is, one.name)
		}
	}
	return told
}

// provoke does what is refused.
func provoke(ctx context.Context, client dynamic.ResourceInterface, missing string) map[string]failure {
	told := map[string]failure{}
	_, err := client.Get(ctx, missing, metav1.GetOptions{})
	told["get of none"] = failureOf(err)
	_, err = client.List(ctx, metav1.ListOptions{Limit: 1, Continue: "no token"})
	told["list with a wrong token"] = failureOf(err)
	_, err = client.List(ctx, metav1.ListOptions{FieldSelector: "spec.nothing=x"})
	told["list by an unknown field"] = failureOf(err)
	_, err = client.List(ctx, metav1.ListOptions{LabelSelector: "a in ("})
	told["list by no selector"] = failureOf(err)
	_, err = client.Watch(ctx, metav1.ListOptions{})
	told["watch"] = failureOf(err)
	told["delete"] = failureOf(client.Delete(ctx, missing, metav1.DeleteOptions{}))
	told["delete of all"] = failureOf(client.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}))
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": leases.GroupVersion().String(), "kind": "Lease", "metadata": map[string]any{"name": missing},
	}}
	_, err = client.Create(ctx, object, metav1.CreateOptions{})
	told["create"] = failureOf(err)
	_, err = client.Update(ctx, object, metav1.UpdateOptions{})
	told["update"] = failureOf(err)
	_, err = client.Patch(ctx, missing, types.MergePatchType, []byte("{}"), metav1.PatchOptions{})
	told["patch"] = failureOf(err)
	return told
}

// selected is what a selection found, by the dynamic client and by the metadata client, or why it was refused.
type selected struct {
	selection
	Objects  listed   `json:"objects"`
	Metadata listed   `json:"metadata"`
	Refused  *failure `json:"refused,omitempty"`
}

func selectBoth(ctx context.Context, objects dynamic.ResourceInterface, partials metadata.ResourceInterface, limit int64, what selection) selected {
	told := selected{selection: what, Objects: newListed(), Metadata: newListed()}
	found, err := listPages(ctx, pagesOf(objects), limit, what)
	if err == nil {
		told.Objects = found
		told.Metadata, err = listPages(ctx, partialsOf(partials), limit, what)
	}
	if err != nil {
		refused := failureOf(err)
		told.Refused = &refused
	}
	return told
}
