package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// difference is what Argo CD shows of one object.
type difference struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Mode of comparison: "client", "structured" (of ServerSideApply=true) or "server" (of ServerSideDiff=true).
	Mode      string          `json:"mode"`
	Live      json.RawMessage `json:"live"`
	Predicted json.RawMessage `json:"predicted"`
}

// cluster is one as Argo CD reaches it.
type cluster struct {
	kubectl *kube.KubectlCmd
	config  *rest.Config
	sync    kube.ResourceOperations
	dryRun  diff.KubeApplier
	parser  *managedfields.GvkParser
}

func connect(kubeconfig string) (*cluster, func(), error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	// client-go would send five requests a second.
	config.QPS = -1
	log, tracer := logr.Discard(), &tracing.NopTracer{}
	kubectl := &kube.KubectlCmd{Log: log, Tracer: tracer}
	schema, parser, err := kubectl.LoadOpenAPISchema(config)
	if err != nil {
		return nil, nil, err
	}
	sync, endSync, err := kubectl.ManageResources(config, schema)
	if err != nil {
		return nil, nil, err
	}
	dryRun, endDryRun, err := kube.ManageServerSideDiffDryRuns(config, schema, tracer, log, nil)
	if err != nil {
		endSync()
		return nil, nil, err
	}
	done := func() {
		endSync()
		endDryRun()
	}
	return &cluster{kubectl: kubectl, config: config, sync: sync, dryRun: dryRun, parser: parser}, done, nil
}

// apply makes the objects as a sync does.
func (c *cluster) apply(ctx context.Context, manifests []map[string]any, serverSide bool) error {
	for _, manifest := range manifests {
		target := &unstructured.Unstructured{Object: manifest}
		_, err := c.sync.ApplyResource(ctx, target, cmdutil.DryRunNone, false, true, serverSide, common.ArgoCDSSAManager)
		if err != nil {
			return fmt.Errorf("%s %s: %w", target.GetKind(), target.GetName(), err)
		}
	}
	return nil
}

// compare tells what a refresh shows as OutOfSync, in each way of comparing.
func (c *cluster) compare(ctx context.Context, manifests []map[string]any) ([]difference, error) {
	var found []difference
	for _, manifest := range manifests {
		target := &unstructured.Unstructured{Object: manifest}
		live, err := c.kubectl.GetResource(ctx, c.config, target.GroupVersionKind(), target.GetName(), target.GetNamespace())
		if err != nil {
			return nil, err
		}
		for _, mode := range []string{"client", "structured", "server"} {
			settings, err := c.settings(mode)
			if err != nil {
				return nil, err
			}
			said, err := argodiff.StateDiff(live.DeepCopy(), target.DeepCopy(), settings)
			if err != nil {
				return nil, fmt.Errorf("%s %s, compared by %s: %w", target.GetKind(), target.GetName(), mode, err)
			}
			if said.Modified {
				found = append(found, difference{target.GetKind(), target.GetName(), mode, said.NormalizedLive, said.PredictedLive})
			}
		}
	}
	return found, nil
}

// settings are those of an Argo CD of which nothing is configured; even what it then ignores of statuses is not ignored here.
func (c *cluster) settings(mode string) (argodiff.DiffConfig, error) {
	return argodiff.NewDiffConfigBuilder().
		WithDiffSettings(nil, nil, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(v1alpha1.TrackingMethodAnnotation)).
		WithNoCache().
		WithGVKParser(c.parser).
		WithManager(common.ArgoCDSSAManager).
		WithStructuredMergeDiff(mode == "structured").
		WithServerSideDiff(mode == "server").
		WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(c.dryRun)).
		Build()
}
