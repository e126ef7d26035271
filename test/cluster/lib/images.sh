#!/usr/bin/env bash
# The images of the project, as tar files in the cache; the name carries a digest of what went into each.

IMAGE_NAMES="pause kea postgresql operator"

image_reference() {
  case $1 in
    pause) echo docker.io/kea-operator/pause:1 ;;
    kea) echo "docker.io/kea-operator/kea-server:$KEA_VERSION" ;;
    kea-clock) echo "docker.io/kea-operator/kea-server:$KEA_VERSION-clock" ;;
    postgresql) echo "docker.io/kea-operator/postgresql:$POSTGRESQL_MAJOR" ;;
    operator) echo "docker.io/kea-operator/operator:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CHECKOUT/package.json")" ;;
    *) die "images: no image '$1'; there are: $IMAGE_NAMES, and kea-clock, whose time is another" ;;
  esac
}

# cmd_images [NAME|all]... : builds what is missing, prints the paths of the tars
cmd_images() {
  local name
  # shellcheck disable=SC2086 # a list of words
  if [ "${1:-all}" = all ]; then set -- $IMAGE_NAMES; fi
  for name in "$@"; do
    image_tar "$name"
  done
}

# image_tar NAME : path of the image's tar, built when its inputs have changed
image_tar() {
  local name=$1 key tar
  image_reference "$name" >/dev/null
  "prepare_${name//-/_}" >&2
  key=$("key_${name//-/_}")
  tar=$CACHE/images/$name-$key.tar
  [ -e "$tar" ] || with_lock "image-$name" image_locked "$name" "$tar" >&2
  echo "$tar"
}

image_locked() {
  [ ! -e "$2" ] || return 0
  local start reference
  start=$(now_ms)
  mkdir -p "$CACHE/images" "$CACHE/layers"
  reference=$(image_reference "$1")
  "build_${1//-/_}" "$2" "$reference"
  # The operator's image changes with every edit of the source: only the latest few are kept.
  find "$CACHE/images" -regex ".*/$1-[0-9a-f]*\.tar" -printf '%T@ %p\n' | sort -rn | tail -n +5 | cut -d' ' -f2- | xargs -r rm -f
  say "image $reference is ready ($(seconds_since "$start"))"
}

# base_layer NAME DIR : the tar of a directory in the cache, which does not change once it is there
base_layer() {
  local tar=$CACHE/layers/$1.tar
  [ -e "$tar" ] || with_lock "layer-$1" layer "$tar" "$2"
  echo "$tar"
}

prepare_pause() { provide pause; }
key_pause() { digest_of "$CLUSTER_HOME/go/pause" "$CLUSTER_HOME/lib/mkimage.sh"; }
build_pause() {
  local dir
  dir=$(tool_dir pause)
  layer "$1.layer" "$dir"
  mkimage "$1" "$2" '{"Entrypoint":["/pause"],"User":"65535:65535"}' "$1.layer"
  rm "$1.layer"
}

prepare_kea() { provide kea-rootfs; }
# What runs in it beside Kea, as server-image/Dockerfile copies it.
KEA_SCRIPTS=(kea-start kea-probe kea-db-check kea-db-init kea-db-watch kea-ha-watch)
key_kea() { digest_of "$CHECKOUT"/server-image/{packages,finish} "${KEA_SCRIPTS[@]/#/$CHECKOUT/server-image/}" "$CLUSTER_HOME"/lib/{mkimage,images}.sh "=$(tool_dir kea-rootfs)"; }
build_kea() {
  local root base
  root=$(tool_dir kea-rootfs)
  base=$(base_layer "$(basename "$root")" "$root")
  kea_scripts "$1.layer"
  mkimage "$1" "$2" "$(kea_config)" "$base" "$1.layer"
  rm "$1.layer"
}

# kea_scripts OUT.tar : the layer above Debian's files
kea_scripts() {
  mkdir -p "$1.scripts/usr/local/bin"
  install -m 755 "${KEA_SCRIPTS[@]/#/$CHECKOUT/server-image/}" "$1.scripts/usr/local/bin/"
  layer "$1" "$1.scripts" --owner=0 --group=0
  rm -r "$1.scripts"
}

# kea_config [VARIABLE...] : with more of an environment
kea_config() {
  local more='' capabilities=+net_raw,+net_bind_service
  [ $# = 0 ] || more=$(printf ',"%s"' "$@")
  printf '{"User":"10067:10067","WorkingDir":"/",
    "Cmd":["/usr/local/sbin/setpriv","--inh-caps","%s","--ambient-caps","%s","/usr/local/bin/kea-start"],
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"%s]}' $capabilities $capabilities "$more"
}

# Servers whose clock is what the file `clock` beside their leases says, such as +90s: namespaces share one clock. The programs carry
# capabilities, so LD_PRELOAD counts for nothing with them, and /etc/ld.so.preload does.
prepare_kea_clock() { provide kea-rootfs libfaketime; }
key_kea_clock() { digest_of "=$(key_kea)" "=$(tool_dir libfaketime)"; }
build_kea_clock() {
  local root base files=$1.files
  root=$(tool_dir kea-rootfs)
  base=$(base_layer "$(basename "$root")" "$root")
  kea_scripts "$1.layer"
  mkdir -p "$files/usr/local/lib" "$files/etc"
  install -m 644 "$(tool_dir libfaketime)/libfaketimeMT.so.1" "$files/usr/local/lib/"
  echo /usr/local/lib/libfaketimeMT.so.1 >"$files/etc/ld.so.preload"
  layer "$1.clock" "$files" --owner=0 --group=0
  mkimage "$1" "$2" "$(kea_config FAKETIME_TIMESTAMP_FILE=/var/lib/kea/clock FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1)" "$base" "$1.layer" "$1.clock"
  rm -r "$1.layer" "$1.clock" "$files"
}

prepare_postgresql() { provide postgresql-rootfs; }
key_postgresql() { digest_of "$CHECKOUT"/server-image/postgresql "$CLUSTER_HOME"/lib/{mkimage,images}.sh "=$(tool_dir postgresql-rootfs)"; }
build_postgresql() {
  local root base scripts=$1.scripts
  root=$(tool_dir postgresql-rootfs)
  base=$(base_layer "$(basename "$root")" "$root")
  mkdir -p "$scripts/usr/local/bin"
  install -m 755 "$CHECKOUT/server-image/postgresql/entrypoint" "$scripts/usr/local/bin/"
  layer "$1.layer" "$scripts" --owner=0 --group=0
  # SIGINT is PostgreSQL's fast shutdown; on SIGTERM it would wait for its clients to leave.
  mkimage "$1" "$2" '{"User":"10069:10069","WorkingDir":"/","Entrypoint":["/usr/local/bin/entrypoint"],"StopSignal":"SIGINT",
    "Env":["PATH=/usr/local/bin:/usr/bin:/bin","PGHOST=/tmp","LANG=C.UTF-8"],"ExposedPorts":{"5432/tcp":{}}}' "$base" "$1.layer"
  rm -r "$1.layer" "$scripts"
}

# The bundle is made anew each time, which takes a second: esbuild knows best what it depends on.
prepare_operator() {
  [ -x "$CHECKOUT/node_modules/.bin/node" ] || (cd "$CHECKOUT" && npm ci --no-audit --no-fund >/dev/null)
  with_lock bundle npm --prefix "$CHECKOUT" run -s build
  provide operator-rootfs
}
key_operator() { digest_of "$CHECKOUT"/{dist/kea-operator.js,Dockerfile} "$CLUSTER_HOME"/lib/{mkimage,images}.sh "=$(tool_dir operator-rootfs)"; }
build_operator() {
  local root base entrypoint app=$1.app
  root=$(tool_dir operator-rootfs)
  base=$(base_layer "$(basename "$root")" "$root")
  mkdir -p "$app/app"
  install -m 644 "$CHECKOUT"/dist/kea-operator.js{,.LEGAL.txt} "$app/app/"
  echo '{"type":"module"}' >"$app/app/package.json"
  layer "$1.layer" "$app" --owner=0 --group=0
  # How it is started is said in one place.
  entrypoint=$(sed -n 's/^ENTRYPOINT //p' "$CHECKOUT/Dockerfile")
  mkimage "$1" "$2" '{"User":"10068:10068","WorkingDir":"/app","Entrypoint":'"$entrypoint"',
    "Env":["PATH=/usr/local/bin:/usr/bin:/bin","NODE_ENV=production","MALLOC_ARENA_MAX=2"]}' "$base" "$1.layer"
  rm -r "$1.layer" "$app"
}
