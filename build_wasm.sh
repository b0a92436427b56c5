#!/usr/bin/env bash
# Builds the environments named, or all of them, for the page: web/static/envs/NAME/ gets sim.wasm (the
# rules, no imports), draw.mjs with draw.wasm (the scene, by raylib) and spec.json (the facts).
# With --quick, as a preview does, they are optimised and packed little, for the sake of the time it takes, and
# dated so far back that the next build of any other kind makes them anew.
# usage: ./build_wasm.sh [--quick] [NAME...]
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p build
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs} # where Debian keeps what its Emscripten needs
python=${PYTHON:-python3}

fail() {
    echo "build_wasm.sh: $*" >&2
    exit 1
}

quick=
[ "${1:-}" != --quick ] || { quick=yes && shift; }
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
# The last of several is what counts.
[ -z "$quick" ] || { sim+=(-O1) && draw+=(-O1); }

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

# Each of these three takes NAME and the folder to build it in, and is one chain, which the first failure ends.
build_sim() {
    emcc "${common[@]}" "${warnings[@]}" "${sim[@]}" "envs_c/$1/$1.c" -o "$2/sim.wasm" &&
        node -e "$no_imports" "$2/sim.wasm"
}

build_draw() {
    emcc "${common[@]}" "${warnings[@]}" "${draw[@]}" "envs_c/$1/$1.c" "$library" -o "$2/draw.mjs" &&
        { [ -n "$quick" ] || web/node_modules/.bin/esbuild --log-level=warning --minify --format=esm \
            --allow-overwrite "$2/draw.mjs" --outfile="$2/draw.mjs"; }
}

build_spec() {
    $python -m envs_c.spec "$1" >"$2/spec.json"
}

# The line in which emcc says how it called the compiler: the compiler has said by then what is wrong.
call="/^emcc: error: '.*' failed \(returned [0-9]+\)$/d"

# All three at once. Of those that fail only the first is heard: the others say the same.
build_env() {
    local part failed=0
    local -A jobs
    for part in sim draw spec; do
        "build_$part" "$1" "$2" 2>"$2/$part.log" &
        jobs[$part]=$!
    done
    for part in sim draw spec; do
        wait "${jobs[$part]}" || { [ $failed = 1 ] || sed -E "$call" "$2/$part.log" >&2; failed=1; }
    done
    return $failed
}

there=$(mktemp -d build/wasm.XXXXXX)
trap 'rm -rf "$there"' EXIT
[ "$library" -nt tools/web_window.c ] && [ "$library" -nt tools/web_window.h ] || build_raylib
for name; do
    mkdir "$there/$name"
    build_env "$name" "$there/$name" || fail "$name does not build; what was built of it before is left as it was"
    [ -z "$quick" ] || touch -d "20 years ago" "$there/$name"/{sim.wasm,spec.json}
    mkdir -p "web/static/envs/$name"
    mv "$there/$name"/{sim.wasm,draw.mjs,draw.wasm,spec.json} "web/static/envs/$name/"
    echo "built $name: sim.wasm $(stat -c %s "web/static/envs/$name/sim.wasm") bytes," \
        "draw.wasm $(stat -c %s "web/static/envs/$name/draw.wasm") bytes"
done
