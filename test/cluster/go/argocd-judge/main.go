// argocd-judge asks Argo CD's own code what it would make of objects: it applies manifests as a sync does, compares them with what is then in the cluster
// as a refresh does, and tells the health of objects. It reads what to do from standard input, and prints what Argo CD says:
//
//	{"customizations":"…","objects":[{…}]}
//	{"applications":[{…}]}
//	{"kubeconfig":"…","apply":"server","manifests":[{…}]}
//	{"kubeconfig":"…","compare":true,"manifests":[{…}]}
//
// It ends with 1 where it could not ask at all.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/health"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// questions is what to do.
type questions struct {
	// Customizations is the text of resource.customizations in the ConfigMap argocd-cm.
	Customizations string `json:"customizations"`
	// Objects are those whose health is asked for.
	Objects []map[string]any `json:"objects"`

	// Applications are read as Argo CD's API server reads them; a field that it does not know is an error.
	Applications []map[string]any `json:"applications"`

	Kubeconfig string           `json:"kubeconfig"`
	Manifests  []map[string]any `json:"manifests"`
	// Apply the manifests: "client" or, with the sync option ServerSideApply=true, "server".
	Apply string `json:"apply"`
	// Compare the manifests with the cluster.
	Compare bool `json:"compare"`
}

// report is what Argo CD says.
type report struct {
	// Health of the objects, in their order; nil where Argo CD knows of none.
	Health []*health.HealthStatus `json:"health"`
	// Differences by which an application would be OutOfSync.
	Differences []difference `json:"differences"`
}

// Nothing here takes longer.
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
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	said := report{Health: []*health.HealthStatus{}, Differences: []difference{}}
	healths, err := judgeHealth(ask.Customizations, ask.Objects)
	if err != nil {
		return err
	}
	said.Health = append(said.Health, healths...)
	if err := readApplications(ask.Applications); err != nil {
		return err
	}
	if len(ask.Manifests) > 0 {
		there, done, err := connect(ask.Kubeconfig)
		if err != nil {
			return err
		}
		defer done()
		if ask.Apply != "" {
			if err := there.apply(ctx, ask.Manifests, ask.Apply == "server"); err != nil {
				return err
			}
		}
		if ask.Compare {
			found, err := there.compare(ctx, ask.Manifests)
			if err != nil {
				return err
			}
			said.Differences = append(said.Differences, found...)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

// judgeHealth runs the scripts of the customizations, read as Argo CD reads its ConfigMap, in Argo CD's own Lua.
func judgeHealth(customizations string, objects []map[string]any) ([]*health.HealthStatus, error) {
	overrides := map[string]v1alpha1.ResourceOverride{}
	if err := yaml.Unmarshal([]byte(customizations), &overrides); err != nil {
		return nil, fmt.Errorf("the customizations: %w", err)
	}
	var healths []*health.HealthStatus
	for _, object := range objects {
		of := &unstructured.Unstructured{Object: object}
		said, err := health.GetResourceHealth(of, lua.ResourceHealthOverrides(overrides))
		if err != nil {
			return nil, err
		}
		healths = append(healths, said)
	}
	return healths, nil
}

func readApplications(applications []map[string]any) error {
	for _, application := range applications {
		text, err := json.Marshal(application)
		if err != nil {
			return err
		}
		if err := yaml.UnmarshalStrict(text, &v1alpha1.Application{}); err != nil {
			return err
		}
	}
	return nil
}
