#!/bin/sh
# ends_with.sh STATUS COMMAND...: succeeds when the command ends with that status.
status=$1
shift
"$@"
is=$?
[ $is -eq "$status" ] || { echo "ended with $is, should with $status"; exit 1; }
