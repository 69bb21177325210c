#!/usr/bin/env bash
# Builds the container images over stand-ins for their bases, made of what this machine has, and runs them: for machines
# that reach no registry of images. It shows that the Dockerfile's steps work, that what runs needs no shell, no rights and
# no root file system it could write to, and that the health check answers. It says nothing of the real bases.
#
# Needs root (it changes roots), buildah, the .NET SDK in /usr/share/dotnet; takes some three minutes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=900 # of one build
ready_seconds=30
dotnet_root=/usr/share/dotnet
user=1654

work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-image.XXXXXX")
chmod 711 "$work"
running=
environment=()

buildah() { command buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }

stop_all() {
  trap '' INT TERM HUP
  trap - EXIT
  if [ "$running" ]; then kill -TERM "$running" 2>/dev/null || true; fi
  stop_background
  buildah rm --all >/dev/null 2>&1 || true
  buildah rmi --all --force >/dev/null 2>&1 || true
  rm -rf "$work"
}

# commit NAME FOLDER: an image of nothing but a folder.
commit() {
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$2" / >/dev/null
  buildah commit --quiet --format docker "$container" "$1" >/dev/null
  buildah rm "$container" >/dev/null
}

# The build sees this machine's programs: folders for them to be mounted on are all there is.
stand_in_sdk() {
  local tree=$work/sdk link
  mkdir -p "$tree"/{usr,etc/ssl,tmp,builder,var/tmp,src}
  chmod 1777 "$tree/tmp"
  for link in bin lib lib64 sbin; do
    if [ -L "/$link" ]; then ln -s "usr/$link" "$tree/$link"; else mkdir "$tree/$link"; fi
  done
  printf 'root:x:0:0::/builder:/bin/sh\n' >"$tree/etc/passwd"
  commit stand-in-sdk "$tree"
}

# The runtime and the libraries it asks for, and nothing that could run a script.
stand_in_runtime() {
  local tree=$work/runtime part
  mkdir -p "$tree"/{etc,tmp,proc,dev} "$tree$dotnet_root/shared"
  chmod 1777 "$tree/tmp"
  printf 'root:x:0:0::/:/\napp:x:%s:%s::/app:/\n' "$user" "$user" >"$tree/etc/passwd"
  cp -r "$dotnet_root"/{dotnet,host} "$tree$dotnet_root/"
  for part in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
    cp -r "$dotnet_root/shared/$part" "$tree$dotnet_root/shared/"
  done
  {
    find "$tree" \( -name '*.so' -o -name dotnet \) -type f -exec ldd {} + 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || true
    ldconfig -p | grep -oE '/[^ ]+/lib(ssl|crypto|gcc_s|stdc\+\+)\.so\.[0-9]+$' || true
  } | sort -u | while read -r part; do
    case $part in "$tree"*) ;; *) cp -L --parents "$part" "$tree/" 2>/dev/null || true ;; esac
  done
  commit stand-in-runtime "$tree"
}

build() {
  say "building $1 ..."
  in_background "$limit_seconds" bash -c "$(declare -f buildah); work='$work'; buildah \"\$@\"" - \
    bud --isolation chroot --pull-never --format docker --layers \
    --build-arg SDK_IMAGE=localhost/stand-in-sdk --build-arg RUNTIME_IMAGE=localhost/stand-in-runtime \
    --volume /usr:/usr:ro --volume /etc/ssl:/etc/ssl:ro --volume "$HOME/.nuget:/builder/.nuget" \
    --file "$root/Dockerfile" --target "$1" --tag "$1:checked" "$root" >"$work/$1.log" 2>&1 ||
    { tail -n 40 "$work/$1.log" >&2; die "the image $1 cannot be built"; }
}

# setting IMAGE WHAT: of its configuration.
setting() { buildah inspect --type image --format "{{$2}}" "localhost/$1:checked"; }

expect() {
  [ "$2" = "$3" ] || die "$1: '$2', not '$3'"
}

# in_image ROOT COMMAND...: with the settings of `environment`, as the image's user, in a root that cannot be written to but
# for /data. It takes the place of the shell that calls it.
in_image() {
  local tree=$1
  shift
  # shellcheck disable=SC2016 # it is for the inner shell
  exec unshare --mount bash -c 'set -e; tree=$1; shift
    mount --bind "$tree" "$tree"
    mount --rbind /proc "$tree/proc"
    mount --rbind /dev "$tree/dev"
    mount --bind "$tree.data" "$tree/data"
    mount -o remount,bind,ro "$tree"
    exec env -i "$@"' - "$tree" "${environment[@]}" "$(command -v chroot)" --userspec="$user:$user" "$tree" "$@"
}

# has_shell ROOT: is there anything in it that would run a script?
has_shell() {
  [ "$(find "$1" -xdev -type f \( -name sh -o -name bash -o -name dash -o -name busybox \))" ]
}

wait_healthy() {
  local image=$1 tree=$2 half
  for ((half = 0; half < ready_seconds * 2; half++)); do
    if (in_image "$tree" "/app/$image" healthcheck) 2>"$work/health"; then return; fi
    kill -0 "$running" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 "$work/$image.out" "$work/health" >&2
  die "$image does not become healthy"
}

# check IMAGE SETTING...: what the image says of itself, then a run of it.
check() {
  local image=$1 container tree
  shift
  expect "$image runs as" "$(setting "$image" .OCIv1.Config.User)" "$user"
  expect "$image starts" "$(setting "$image" .OCIv1.Config.Entrypoint)" "[/app/$image]"
  expect "$image is asked" "$(setting "$image" .Docker.Config.Healthcheck.Test)" "[CMD /app/$image healthcheck]"
  container=$(buildah from --pull-never "localhost/$image:checked")
  tree=$(buildah mount "$container")
  if has_shell "$tree"; then die "$image has a shell"; fi
  mkdir -p "$tree.data"
  cp "$root/ops/routes.sample.json" "$tree.data/routes.json"
  chown -R "$user:$user" "$tree.data"
  mapfile -t environment < <(setting "$image" 'range .OCIv1.Config.Env}}{{println .}}{{end' | sed '/=/!d')
  environment+=("$@")
  in_image "$tree" "/app/$image" >"$work/$image.out" 2>&1 &
  running=$!
  wait_healthy "$image" "$tree"
  [ -e "$tree.data/gateway.db" ] || die "$image has no database in /data"
  kill -TERM "$running"
  wait "$running" || die "$image did not stop by itself"
  running=
  buildah umount "$container" >/dev/null
  say "$image: built, healthy, stopped"
}

[ "$(id -u)" = 0 ] || die "needs root"
[ -d "$dotnet_root/sdk" ] || die "needs the .NET SDK in $dotnet_root"
need_dotnet
apt_install buildah buildah
trap stop_all EXIT
trap 'stop_all; exit 130' INT TERM HUP
say "making stand-ins for the bases ..."
stand_in_sdk
stand_in_runtime
for image in gateway admin-api backend; do build "$image"; done
gateway_port=$(free_port) ops_port=$(free_port) admin_port=$(free_port)
check admin-api "Kestrel__Endpoints__Http__Url=http://127.0.0.1:$admin_port" Admin__OperatorToken=of-the-image-check
check gateway "Kestrel__Endpoints__Http__Url=http://127.0.0.1:$gateway_port" \
  "Ops__Url=http://127.0.0.1:$ops_port" Gateway__RoutesFile=/data/routes.json
say "all images pass"
