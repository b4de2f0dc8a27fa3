#!/bin/sh
# Benchmark: a shell script: arithmetic, functions, substitutions, subshells, pipes and small programs.
percent=${1:-100}
rounds=$((percent * 60 / 100))
[ "$rounds" -gt 0 ] || rounds=1

gcd() {
  local a=$1 b=$2 t
  while [ "$b" -ne 0 ]; do
    t=$((a % b))
    a=$b
    b=$t
  done
  result=$a
}

work() {
  round=0
  while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    sum=0
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      gcd $((i * 360)) $((i * i + round))
      sum=$(((sum * 31 + result) % 1000003))
    done
    echo "round $round $sum"
    (cd / && sum=$((sum + 1)) && echo "inner $sum")
    text=$(echo "word $round" | sed 's/o/0/g' | tr a-z A-Z)
    echo "${text#W} ${#text}"
    seq 1 200 | awk -v k=$round '{ s += $1 * k % 7 } END { print s }'
    case $text in
      *7*) seq 1 50 | sort -r | head -n 3 | wc -c ;;
      *) printf '%s\n' "$text" | grep -c W0RD ;;
    esac
  done
}

echo "checksum $(work | sha256sum | cut -c 1-16)"
