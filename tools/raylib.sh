#!/usr/bin/env bash
# Prints the folder of raylib 6.0's source tree, fetching it into build/ on first use. It is looked for
# in $RAYLIB_SRC, in build/, in raylib's own repository, and in Debian's source packages, in this order.
set -euo pipefail
cd "$(dirname "$0")/.."
version=6.0
cache=$PWD/build/raylib-$version

# The version that a tree says it is, "none" if it is no raylib.
version_of() {
    awk '$2 ~ /^RAYLIB_VERSION_(MAJOR|MINOR)$/ { part[$2] = $3 }
        END { if ("RAYLIB_VERSION_MAJOR" in part) print part["RAYLIB_VERSION_MAJOR"] "." part["RAYLIB_VERSION_MINOR"]
              else print "none" }' "$1/src/raylib.h" 2>/dev/null || echo none
}

# Puts a whole, right tree into the cache in one move.
keep() {
    [ "$(version_of "$1")" = $version ] || return 1
    rm -rf "$cache"
    mkdir "$1.kept"
    mv "$1/src" "$1/LICENSE" "$1.kept"
    mv "$1.kept" "$cache"
}

from_git() {
    command -v git >/dev/null &&
        GIT_TERMINAL_PROMPT=0 timeout 180 git -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=10 \
            clone -q --depth 1 --branch $version https://github.com/raysan5/raylib "$work/git" &&
        keep "$work/git"
}

# The machine's own mirror and proxy, but a list of sources and a folder of lists of its own: what the
# system knows of packages stays as it is.
from_debian() {
    grep -q '^ID=debian$' /etc/os-release && command -v apt-get >/dev/null || return 1
    local here=$work/debian mirror tarball
    local release
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v own="$release" '($2 == own || $2 ~ /^(sid|unstable|testing|stable)$/) && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || return 1
    mkdir -p "$here/lists/partial" "$here/tree"
    echo "deb-src $mirror unstable main" >"$here/sources"
    local apt=(apt-get -q=2 -o Dir::Etc::SourceList="$here/sources" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$here/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false)
    (cd "$here" && "${apt[@]}" update && "${apt[@]}" source --download-only raylib) || return 1
    tarball=$(echo "$here"/raylib_*.orig.tar.*)
    tar -xf "$tarball" -C "$here/tree" --strip-components 1 && keep "$here/tree"
}

if [ -n "${RAYLIB_SRC:-}" ]; then
    found=$(version_of "$RAYLIB_SRC")
    [ "$found" = $version ] || { echo "RAYLIB_SRC=$RAYLIB_SRC holds raylib $found; want $version" >&2; exit 1; }
    realpath "$RAYLIB_SRC"
    exit
fi
if [ "$(version_of "$cache")" != $version ]; then
    mkdir -p build
    work=$(mktemp -d build/raylib.XXXXXX)
    work=$PWD/$work
    trap 'rm -rf "$work"' EXIT
    echo "fetching raylib $version" >&2
    if ! { from_git || from_debian; } >"$work/log" 2>&1; then
        sed 's/^/  /' "$work/log" >&2
        cat >&2 <<TEXT
No source tree of raylib $version was found. Any one of these will do:
  1. RAYLIB_SRC=FOLDER names a tree that is already here
  2. a tree put into build/raylib-$version
  3. git reaches raylib's repository on GitHub (tag $version)
  4. apt reaches Debian's source packages (raylib, in unstable)
TEXT
        exit 1
    fi
fi
echo "$cache"
