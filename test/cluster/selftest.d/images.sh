#!/usr/bin/env bash
# The images, in pods that may do no more than they need; names, Services and pods reach each other.

test_images() {
  check "pods of the images are accepted" kubectl apply -f "$HERE/selftest.d/pods.yaml"
  check "PostgreSQL runs without any privilege" kubectl wait --for=condition=Ready pod/database --timeout=60s
  check "kea-db-init makes the schema" within 40 pod_done schema Succeeded
  check "and prints its version" says 'schema 29\.0 in kea on' kubectl logs schema
  check "doing it again changes nothing" says '^kea-db-init: schema 29\.0 in kea on' kubectl exec tools -- kea-db-init
  check "an older schema is upgraded" bash -c "$(declare -f sql kubectl cluster); HERE=$HERE; sql \"delete from lease_state where state = 4; update schema_version set version = '28'\" && kubectl exec tools -- kea-db-init"
  check "to the version of the image" says '^29\.0$' sql "select version || '.' || minor from schema_version"
  sql "update schema_version set version = '99'" >/dev/null
  check "a newer schema is refused" refuses 'newer than this image' kubectl exec tools -- kea-db-init
  sql "update schema_version set version = '29'" >/dev/null
  check "a wrong password is told, and ends after the wait" refuses 'password authentication failed' kubectl exec tools -- env PGPASSWORD=wrong KEA_DB_WAIT=2 kea-db-init
  check "the password is no argument of a process" bash -c "! '$HERE/cluster' exec node1 sh -c 'cat /proc/[0-9]*/cmdline' | tr '\0' ' ' | grep -F trial-password"
  check "a pod reaches a Service by name" says accepting kubectl exec tools -- pg_isready -h database.default.svc
  check "and its own Service" says accepting kubectl exec database -- pg_isready -h database
  check "a hostNetwork pod resolves cluster names" says accepting kubectl exec host -- pg_isready -h database.default.svc.cluster.local
  check "a pod on the same node as its Service's pod gets answers" says accepting kubectl exec neighbour -- pg_isready -h database
  check "a foreign name does not exist, and is said so at once" says NXDOMAIN timeout 3 "$HERE/cluster" kubectl exec tools -- busybox nslookup www.example.org
  check "the apiserver reaches pods (as an aggregated API needs)" says '^hello$' kubectl get --raw /api/v1/namespaces/default/services/web/proxy/hello
  check "a pod reaches the nodes' mgmt addresses" kubectl exec tools -- socat -u OPEN:/dev/null "TCP:$(kubectl get node node2 -o 'jsonpath={.status.addresses[0].address}'):10250,connect-timeout=2"
  check "logs and exec work" says '^10067$' kubectl exec tools -- id -u
  check "images are files that load" says kea-operator "$HERE/cluster" exec node2 ctr -n k8s.io images ls -q
}
