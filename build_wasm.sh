#!/usr/bin/env bash
# Builds the environments named, or all of them, for the page: web/static/envs/NAME/ gets sim.wasm (the
# rules, no imports), draw.mjs with draw.wasm (the scene, by raylib) and spec.json (the facts).
# usage: ./build_wasm.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs} # where Debian keeps what its Emscripten needs
python=${PYTHON:-python3}

fail() {
    echo "build_wasm.sh: $*" >&2
    exit 1
}

all=()
for file in envs_c/*/*.c; do
    name=$(basename "$file" .c)
    [ "$file" != "envs_c/$name/$name.c" ] || all+=("$name")
done
[ $# -gt 0 ] || set -- "${all[@]}"
for name; do
    [[ $name != */* && -f envs_c/$name/$name.c ]] || fail "no environment '$name'; there are: ${all[*]}"
done
command -v emcc >/dev/null || fail "emcc is missing; install Emscripten (Debian, Ubuntu: apt-get install emscripten)"
env -u MAKEFLAGS make -s web/node_modules/.package-lock.json
raylib=$(tools/raylib.sh)
emscripten=$(emcc --version | sed -nE '1s/.* ([0-9]+\.[0-9]+\.[0-9]+).*/\1/p')
library=build/raylib-web-$emscripten.a

# What gcc is asked for natively. Enumerators are the constants here, in arithmetic with floats too.
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror -Wno-enum-float-conversion)
# The same bytes on every target: no fused multiply-add, and sqrt as one instruction.
common=(-std=c11 -ffp-contract=off -fno-math-errno)
# Memory starts small and grows. The page sets it out itself in sim.wasm, so there is no malloc there.
sim=(-O3 -msimd128 -mbulk-memory --no-entry -sSTANDALONE_WASM=1 -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=1MB -sTOTAL_STACK=128KB
    -Wl,--export=__heap_base)
draw=(-Os -DENV_DRAW -isystem "$raylib/src" --no-entry -sMODULARIZE=1 -sEXPORT_ES6=1 -sENVIRONMENT=web -sFILESYSTEM=0
    -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=4MB -sTOTAL_STACK=256KB -sEXPORTED_FUNCTIONS=_malloc
    -sEXPORTED_RUNTIME_METHODS=HEAPU8)

build_raylib() {
    echo "building raylib for Emscripten $emscripten"
    local part job jobs=()
    mkdir "$there/raylib"
    for part in rcore rshapes rtextures rtext rmodels; do
        emcc -c -Os -w -DPLATFORM_WEB -DGRAPHICS_API_OPENGL_ES2 -DSUPPORT_CUSTOM_FRAME_CONTROL=1 -include tools/web_window.h \
            "$raylib/src/$part.c" -o "$there/raylib/$part.o" &
        jobs+=($!)
    done
    emcc -c -Os "${warnings[@]}" tools/web_window.c -o "$there/raylib/web_window.o" &
    jobs+=($!)
    for job in "${jobs[@]}"; do wait "$job" || fail "raylib does not compile"; done
    emar rcs "$there/raylib.a" "$there"/raylib/*.o
    mv "$there/raylib.a" "$library"
}

no_imports='const m = new WebAssembly.Module(require("fs").readFileSync(process.argv[1]));
for (const i of WebAssembly.Module.imports(m)) { console.error(`imports ${i.module}.${i.name}`); process.exitCode = 1; }'

# NAME and the folder to build it in; in one chain, so that the first failure ends it.
build_env() {
    local name=$1 there=$2
    emcc "${common[@]}" "${warnings[@]}" "${sim[@]}" "envs_c/$name/$name.c" -o "$there/sim.wasm" &&
        node -e "$no_imports" "$there/sim.wasm" &&
        emcc "${common[@]}" "${warnings[@]}" "${draw[@]}" "envs_c/$name/$name.c" "$library" -o "$there/draw.mjs" &&
        web/node_modules/.bin/esbuild --log-level=warning --minify --format=esm --allow-overwrite \
            "$there/draw.mjs" --outfile="$there/draw.mjs" &&
        $python -m envs_c.spec "$name" >"$there/spec.json"
}

there=$(mktemp -d build/wasm.XXXXXX)
trap 'rm -rf "$there"' EXIT
[ "$library" -nt tools/web_window.c ] && [ "$library" -nt tools/web_window.h ] || build_raylib
for name; do
    mkdir "$there/$name"
    build_env "$name" "$there/$name" || fail "$name does not build; what was built of it before is left as it was"
    mkdir -p "web/static/envs/$name"
    mv "$there/$name"/{sim.wasm,draw.mjs,draw.wasm,spec.json} "web/static/envs/$name/"
    echo "built $name: sim.wasm $(stat -c %s "web/static/envs/$name/sim.wasm") bytes," \
        "draw.wasm $(stat -c %s "web/static/envs/$name/draw.wasm") bytes"
done
