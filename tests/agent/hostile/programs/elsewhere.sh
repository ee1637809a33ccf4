# Publishes to where the package itself says: publishConfig, a scope in .npmrc, and a variable in .npmrc.
. ./aim.sh
quick="--ignore-scripts --fetch-retries=0 --fetch-timeout=3000 --no-update-notifier"
way publishConfig npm publish $quick
way whoami npm whoami $quick "--registry=http://127.0.0.1:$AIM_OTHER/way-variable/"
mkdir -p scoped && cd scoped && cp ../.npmrc .
echo '{"name":"@acme/widget","version":"1.0.0"}' >package.json
way scope npm publish $quick --access public
way install npm install $quick --no-save @acme/other
way view npm view $quick @acme/stolen
