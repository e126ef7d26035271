// dashboard-judge has Grafana's own types read a dashboard, its panels and queries too, so that a field that they do not know is found, and one
// that they miss. It reads the dashboard from standard input, and prints what is wrong as a list, a fault each:
//
//	["panels[0].options.Options: unexpected field 'colourMode'"]
//
// It ends with 1 where that is no JSON.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// Panels that are judged. All that Grafana has would take a minute to build.
var panels = []variants.PanelcfgConfig{
	bargauge.VariantConfig(), stat.VariantConfig(), statetimeline.VariantConfig(), table.VariantConfig(), timeseries.VariantConfig(),
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	runtime := cog.NewRuntime()
	for _, panel := range panels {
		runtime.RegisterPanelcfgVariant(panel)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	var read dashboard.Dashboard
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("the dashboard on standard input: %w", err)
	}
	wrong := []string{}
	// Of a panel that is not registered nothing would be known.
	for i, of := range read.Panels {
		if of.Panel != nil && !slices.ContainsFunc(panels, func(known variants.PanelcfgConfig) bool { return known.Identifier == of.Panel.Type }) {
			wrong = append(wrong, fmt.Sprintf("panels[%d]: nobody here knows the type %q", i, of.Panel.Type))
		}
	}
	wrong = append(wrong, faults(read.UnmarshalJSONStrict(text))...)
	wrong = append(wrong, faults(read.Validate())...)
	return json.NewEncoder(os.Stdout).Encode(wrong)
}

func faults(err error) []string {
	var many cog.BuildErrors
	if !errors.As(err, &many) {
		if err == nil {
			return nil
		}
		return []string{err.Error()}
	}
	var told []string
	for _, one := range many {
		told = append(told, one.Error())
	}
	return told
}
