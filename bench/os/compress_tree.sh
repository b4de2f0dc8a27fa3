#!/bin/sh
# Benchmark: a tree of files is made, packed by tar and gzip, unpacked elsewhere and compared.
percent=${1:-100}
lines=$((percent * 40))
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rvx-bench-XXXXXX") && cd "$scratch" || exit 1
trap 'cd / && rm -rf "$scratch"' EXIT

for folder in a b c d; do
  mkdir -p tree/$folder/deep
  for file in 1 2 3 4 5 6; do
    seq $((file * 1000)) $((file * 1000 + lines)) >tree/$folder/$file
    awk -v k=$file$folder -v lines=$lines 'BEGIN { for (i = 0; i < lines / 4; ++i) { x = (x * 5 + i * 7 + length(k)) % 9973; printf "%s %x%s\n", k, x, i % 3 ? "" : " again" } }' >tree/$folder/deep/$file
  done
done

sums() { # FOLDER: a line for each file
  (cd "$1" && find . -type f | sort | xargs sha256sum)
}

sums tree >before
for round in 1 2; do
  tar -c -f - tree | gzip >packed
  rm -rf out
  mkdir out
  gzip -d <packed | tar -x -f - -C out
  sums out/tree >after
  cmp before after || exit 1
done
echo "checksum $(sha256sum <after | cut -c 1-16)"
