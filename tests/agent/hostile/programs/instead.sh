# Puts something else where the tarball was: sh ./instead.sh link|hard|fifo|folder|gone|secret|deep
. ./aim.sh
for folder in . .. "${npm_config_pack_destination:-.}"; do
    for file in "$folder"/widget-*.tgz; do
        [ -f "$file" ] || continue
        echo "found $file"
        rm -f "$file"
        case $1 in
        link) ln -s "$AIM_HOME/.npmrc" "$file" ;;
        hard) ln "$AIM_HOME/.npmrc" "$file" || ln -s "$AIM_HOME/.npmrc" "$file" ;;
        fifo) mkfifo "$file" ;;
        folder) mkdir "$file" ;;
        gone) ;;
        secret) tar czf "$file" -C "$AIM_HOME" .npmrc .ssh ;;
        deep) ln -s "/proc/self/environ" "$file" ;;
        esac
        [ -e "$file" ] && echo "now $(ls -ld "$file")"
    done
done
true
