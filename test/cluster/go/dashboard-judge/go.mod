module kea-operator.io/test/cluster/dashboard-judge

go 1.26.0

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
