package main

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
)

// lease is what a program that decodes leases writes down: no field of the API may be missing here, and none may be of another type.
type lease struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              leaseSpec   `json:"spec"`
	Status            leaseStatus `json:"status"`
}

type leaseSpec struct {
	IPFamily          string         `json:"ipFamily,omitempty"`
	Type              string         `json:"type,omitempty"`
	Address           string         `json:"address,omitempty"`
	PrefixLength      *int32         `json:"prefixLength,omitempty"`
	HAPair            string         `json:"haPair,omitempty"`
	Subnet            string         `json:"subnet,omitempty"`
	SharedNetwork     string         `json:"sharedNetwork,omitempty"`
	SubnetID          int64          `json:"subnetId,omitempty"`
	HWAddress         string         `json:"hwAddress,omitempty"`
	ClientID          string         `json:"clientId,omitempty"`
	DUID              string         `json:"duid,omitempty"`
	IAID              *int64         `json:"iaid,omitempty"`
	Hostname          string         `json:"hostname,omitempty"`
	FQDNForward       bool           `json:"fqdnForward,omitempty"`
	FQDNReverse       bool           `json:"fqdnReverse,omitempty"`
	Reservation       string         `json:"reservation,omitempty"`
	RelayID           string         `json:"relayId,omitempty"`
	RemoteID          string         `json:"remoteId,omitempty"`
	UserContext       map[string]any `json:"userContext,omitempty"`
	ValidLifetime     int64          `json:"validLifetime,omitempty"`
	PreferredLifetime *int64         `json:"preferredLifetime,omitempty"`
}

type leaseStatus struct {
	State           string       `json:"state,omitempty"`
	Expires         *metav1.Time `json:"expires,omitempty"`
	LastTransaction *metav1.Time `json:"lastTransaction,omitempty"`
}

// got is one lease.
type got struct {
	// Decoded into a structure in which unknown fields are an error, and written again.
	Decoded *lease `json:"decoded"`
	// Partial is the name that the metadata client got.
	Partial string `json:"partial"`
}

func getOne(ctx context.Context, objects dynamic.ResourceInterface, partials metadata.ResourceInterface, name string) (got, error) {
	object, err := objects.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return got{}, err
	}
	decoded := &lease{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, decoded, true); err != nil {
		return got{}, err
	}
	partial, err := partials.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return got{}, err
	}
	return got{Decoded: decoded, Partial: partial.GetName()}, nil
}
