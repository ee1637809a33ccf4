# Tries one way, and says what came of it: `way NAME COMMAND WORDS...`. Nothing ends the script.
# GOT is what no sandbox may allow; MAY, from `may`, is what may work where it reaches nothing but its own.
way() { tries GOT "$@"; }
may() { tries MAY "$@"; }
tries() {
    word=$1 name=$2
    shift 2
    if out=$("$@" 2>&1 </dev/null); then
        printf '%s %s: %.1500s\n' "$word" "$name" "$out"
    else
        printf 'no %s: %.300s\n' "$name" "$out"
    fi
}
