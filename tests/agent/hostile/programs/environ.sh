# Prints the environment it was given, and that of each process above it.
. ./aim.sh
env | grep -a "$AIM_MARK" | sed 's/^/GOT own: /'
way printenv printenv NPM_TOKEN
node -e 'for (const [name, value] of Object.entries(process.env)) if (value.includes(process.argv[1])) console.log(`GOT node: ${name}=${value}`)' "$AIM_MARK"
one=$$
while [ "${one:-0}" -gt 0 ]; do
    for file in environ cmdline; do
        tr '\0' '\n' <"/proc/$one/$file" 2>/dev/null | grep -a "$AIM_MARK" | sed "s/^/GOT above $file $one: /"
    done
    # What those above have open leads past every mount, if it leads to where lastlook keeps something.
    for fd in /proc/"$one"/fd/*; do
        case $(readlink "$fd" 2>/dev/null) in "$AIM_ROOT"/*.jsonl | "$AIM_TOKEN") ;; *) continue ;; esac
        head -c 200 "$fd" 2>/dev/null | grep -a "$AIM_MARK" | sed "s|^|GOT read through $fd: |"
        (printf 'forged by the build\n' >>"$fd") 2>/dev/null && echo "GOT descriptor of $one: written through $fd"
    done
    [ "$one" = 1 ] && break
    one=$(sed -n 's/^PPid:\t//p' "/proc/$one/status" 2>/dev/null)
done
npm config list --json 2>/dev/null | grep -a "$AIM_MARK" | sed 's/^/GOT npm: /'
# What it inherited open, besides what everyone has.
for fd in 3 4 5 6 7 8 9 10 11 12 13; do
    [ -e "/proc/$$/fd/$fd" ] || continue
    echo "open $fd: $(readlink "/proc/$$/fd/$fd")"
    (printf 'forged by the build\n' >&"$fd") 2>/dev/null && echo "GOT descriptor $fd: written"
done
true
