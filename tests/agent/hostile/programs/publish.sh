# Publishes by npm, to where each way is told by the path: sh ./publish.sh NAMES...
. ./aim.sh
host=127.0.0.1:$AIM_REGISTRY
quick="--ignore-scripts --fetch-retries=0 --fetch-timeout=3000 --no-update-notifier"
quick="$quick --userconfig=./login"
for name in "$@"; do
    echo "//$host/way-$name/:_authToken=${NPM_TOKEN:-guessed}" >>login
    to="$quick --registry=http://$host/way-$name/"
    case $name in
    stage) way stage npm stage publish $to ;;
    quoted) way quoted n"p"m 'pub'lish $to ;;
    split) a=np; b=m; way split $a$b pub""lish $to ;;
    substituted) way substituted $(echo npm) $(printf 'pub\154ish') $to ;;
    coded) way coded sh -c "printf %s '$(printf %s "npm publish $to" | base64 | tr -d '\n')' | base64 -d | sh" ;;
    env) way env env -i "PATH=$PATH" "HOME=$HOME" npm publish $to ;;
    eval) way eval eval "n""pm pub""lish $to" ;;
    linked) ln -sf "$(command -v npm)" ./innocent; way linked ./innocent publish $to ;;
    exec) way exec npm exec --no -c "npm publish $to" ;;
    node) way node node -e 'require("child_process").execSync(["np","m publ","ish "].join("")+process.argv[1])' -- "$to" ;;
    alias) printf 'alias innocent=np\\m\ninnocent publish %s\n' "$to" >alias.sh; way alias sh ./alias.sh ;;
    xargs) way xargs sh -c "echo publish $to | xargs npm" ;;
    *) way "$name" npm publish $to ;;
    esac
done
