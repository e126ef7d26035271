module kea-operator.io/test/cluster/dhcp-probe

go 1.26.0
