#!/usr/bin/env bash
# Container images without a registry or a builder: tar archives in the form `docker save` writes and `ctr images import` reads.

# layer OUT.tar DIR [TAR-OPTION...] : the same contents give the same bytes. File capabilities travel as PAX records, which
# containerd applies when it unpacks the layer.
layer() {
  local out=$1 dir=$2
  shift 2
  tar --format=posix --pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' --xattrs --xattrs-include=security.capability \
    --sort=name --mtime=@0 --numeric-owner "$@" -cf "$out.new" -C "$dir" .
  mv "$out.new" "$out"
}

# mkimage OUT.tar REFERENCE CONFIG LAYER.tar... : CONFIG is the JSON object with User, Cmd, Entrypoint, Env …
mkimage() {
  local out=$1 reference=$2 config=$3 dir file sum files=() diffs='' names='' history='' id
  shift 3
  dir=$(mktemp -d "$out.XXXXXX")
  for file in "$@"; do
    sum=$(sha256sum <"$file" | cut -d' ' -f1)
    ln "$file" "$dir/$sum.tar" 2>/dev/null || cp "$file" "$dir/$sum.tar"
    files+=("$sum.tar")
    diffs+=",\"sha256:$sum\"" names+=",\"$sum.tar\"" history+=',{"created":"1970-01-01T00:00:00Z"}'
  done
  printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]},"history":[%s]}' \
    "$ARCH" "$config" "${diffs#,}" "${history#,}" >"$dir/config"
  id=$(sha256sum <"$dir/config" | cut -d' ' -f1)
  mv "$dir/config" "$dir/$id.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$id" "$reference" "${names#,}" >"$dir/manifest.json"
  tar --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 -cf "$out.new" -C "$dir" manifest.json "$id.json" "${files[@]}"
  mv "$out.new" "$out"
  rm -rf "$dir"
}
