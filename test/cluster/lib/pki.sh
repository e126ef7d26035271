#!/usr/bin/env bash
# The cluster's own authorities, certificates and kubeconfigs, by openssl alone.

make_pki() {
  local dir=$STATE/pki node
  mkdir -p "$dir"
  chmod 700 "$dir"
  authority ca
  authority front-proxy-ca
  private_key sa
  openssl pkey -in "$dir/sa.key" -pubout -out "$dir/sa.pub"

  certificate apiserver /CN=kube-apiserver ca "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$(cp_ip),IP:$(service_api)"
  certificate apiserver-kubelet /CN=kube-apiserver-kubelet-client ca
  certificate front-proxy /CN=front-proxy-client front-proxy-ca
  local loopback=DNS:localhost,IP:127.0.0.1
  certificate controller-manager /CN=system:kube-controller-manager ca $loopback
  certificate scheduler /CN=system:kube-scheduler ca $loopback
  certificate kube-proxy /CN=system:kube-proxy ca
  certificate coredns /O=system:masters/CN=coredns ca
  certificate admin /O=system:masters/CN=admin ca
  for node in $(node_names); do
    certificate "$node" "/O=system:nodes/CN=system:node:$node" ca "DNS:$node,IP:$(node_ip "$node")"
  done
  for node in controller-manager scheduler kube-proxy coredns admin $(node_names); do
    write_kubeconfig "$node"
  done
  mv "$dir/admin.kubeconfig" "$STATE/kubeconfig"
}

private_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$STATE/pki/$1.key" 2>/dev/null; }

authority() {
  private_key "$1"
  openssl req -x509 -new -key "$STATE/pki/$1.key" -sha256 -days 3650 -subj "/CN=$1" -out "$STATE/pki/$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# certificate NAME SUBJECT AUTHORITY [ALTERNATIVE-NAMES]
certificate() {
  local at=$STATE/pki/$1 by=$STATE/pki/$3
  private_key "$1"
  {
    echo keyUsage=critical,digitalSignature,keyEncipherment
    echo extendedKeyUsage=serverAuth,clientAuth
    [ -z "${4:-}" ] || echo "subjectAltName=$4"
  } >"$at.ext"
  openssl req -new -key "$at.key" -subj "$2" -out "$at.csr"
  openssl x509 -req -in "$at.csr" -CA "$by.crt" -CAkey "$by.key" -CAcreateserial -days 3650 -sha256 -extfile "$at.ext" -out "$at.crt" 2>/dev/null
  rm "$at.ext" "$at.csr"
}

write_kubeconfig() {
  local at=$STATE/pki/$1
  (umask 077 && cat >"$at.kubeconfig") <<EOT
apiVersion: v1
kind: Config
clusters:
- name: $PREFIX
  cluster: {server: "https://$(in_url "$(cp_ip)"):6443", certificate-authority-data: $(base64 -w0 "$STATE/pki/ca.crt")}
users:
- name: $1
  user: {client-certificate-data: $(base64 -w0 "$at.crt"), client-key-data: $(base64 -w0 "$at.key")}
contexts:
- name: $PREFIX
  context: {cluster: $PREFIX, user: $1}
current-context: $PREFIX
EOT
}
