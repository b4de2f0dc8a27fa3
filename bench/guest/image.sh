#!/bin/bash
# Makes the initrd of the benchmarks: Debian's guest, the programs in /bench, and the runner as its command.
#
#   bench/guest/image.sh OUTPUT FILES...
#
# The archive of firmware/debian/fetch.sh comes first, so its init starts the runner, and switches the
# machine off once the runner has ended. Boots on any machine that boots Debian's kernel from the same
# cache with console=ttyS0.
set -eu
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cache=${RVX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/rvx}
output=$1
shift

"$here/../../firmware/debian/fetch.sh"
scratch=$(mktemp -d "$output.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/tree/{bench,rvx}
cp "$@" "$scratch/tree/bench/"
chmod 755 "$scratch"/tree/bench/*
echo 'exec /bench/runner' >"$scratch/tree/rvx/command"
# Of two files of one name the later one counts: what `rvx bench --boot` measures comes before all else.
cp "$cache/debian/init" "$scratch/tree/rvx/init"
printf '%s\n' '#!/bin/busybox sh' 'echo bench-init' 'exec /rvx/init' >"$scratch/tree/init"
chmod 755 "$scratch/tree/init"
find "$scratch/tree" -exec touch -h -d @0 {} +
(cd "$scratch/tree" && find . -mindepth 1 | sort | cpio --quiet --reproducible -R +0:+0 -o -H newc) >"$scratch/bench.cpio"
cat "$cache/debian/initramfs.cpio" "$scratch/bench.cpio" >"$scratch/initrd.cpio"
mv "$scratch/initrd.cpio" "$output"
