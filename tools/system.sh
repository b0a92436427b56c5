#!/usr/bin/env bash
# Sees to it that the tools named are on this machine: asks apt for those that are missing where it may,
# else says what to run. usage: tools/system.sh cc|chromium|clang|emscripten|node|venv...
set -euo pipefail
python=${PYTHON:-python3}

has() {
    case $1 in
    cc) command -v "${CC:-gcc}" ;;
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome || has_playwrights ;;
    clang) has_sanitizers ;;
    emscripten) command -v emcc ;;
    node) command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ;;
    venv) $python -c 'import ensurepip, venv' ;;
    *) echo "system.sh: what is '$1'?" >&2; exit 2 ;;
    esac >/dev/null 2>&1
}

# A browser that Playwright fetched for itself.
has_playwrights() {
    [ -x .venv/bin/python ] && .venv/bin/python -c '
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    assert Path(p.chromium.executable_path).exists()'
}

# clang, and what it links a fuzzer with.
has_sanitizers() {
    command -v clang &&
        echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
        clang -x c -fsanitize=fuzzer,address,undefined - -o /dev/null
}

# Their package carries the number of the clang that apt has.
sanitizers() {
    apt-cache show clang >/dev/null 2>&1 || apt-get update -q >/dev/null 2>&1 || true # its lists may be empty
    apt-cache depends clang 2>/dev/null | sed -nE 's/.*Depends: clang-([0-9]+)$/libclang-rt-\1-dev/p' | head -1
}

packages_for() {
    case $1 in
    cc) echo gcc libc6-dev ;;
    clang) echo clang "$(sanitizers)" ;;
    node) echo nodejs npm ;;
    venv) echo python3-venv ;;
    *) echo "$1" ;;
    esac
}

version='import platform, sys; print(platform.python_version()); sys.exit(sys.version_info < (3, 11))'
if [[ " $* " == *" venv "* ]] && ! found=$($python -c "$version" 2>/dev/null); then
    echo "$python: want Python 3.11 or later, got ${found:-none}; PYTHON= names another" >&2
    exit 1
fi

missing=()
for tool; do has "$tool" || missing+=("$tool"); done
[ ${#missing[@]} -gt 0 ] || exit 0

# Ubuntu's chromium is a snap, which neither containers nor Playwright can use.
if [[ " ${missing[*]} " == *" chromium "* ]] && grep -q '^ID=ubuntu$' /etc/os-release 2>/dev/null; then
    install=(.venv/bin/playwright install --with-deps chromium)
else
    packages=()
    for tool in "${missing[@]}"; do read -ra these <<<"$(packages_for "$tool")"; packages+=("${these[@]}"); done
    install=(apt-get install -y -q --no-install-recommends "${packages[@]}")
fi
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
if [ "${install[0]}" = apt-get ] && ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]}. There is no apt here; install them as this machine does it." >&2
    exit 1
fi
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    echo "missing: ${missing[*]}. Run this, then try again:" >&2
    echo "  sudo ${install[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}: ${install[*]}"
export DEBIAN_FRONTEND=noninteractive
if [ "${install[0]}" = apt-get ]; then
    "${sudo[@]}" apt-get update -q >/dev/null
    "${sudo[@]}" "${install[@]}" >/dev/null
else
    "${install[@]}"
fi
for tool in "${missing[@]}"; do
    has "$tool" || { echo "$tool is still missing after: ${install[*]}" >&2; exit 1; }
done
