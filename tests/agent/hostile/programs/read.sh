# Reads every file with a credential, by every program and every name that leads to it.
. ./aim.sh
for file in $AIM_SECRETS; do
    way cat cat "$file"
    way node node -p "require('fs').readFileSync('$file', 'utf8')"
done
file=$AIM_TOKEN
way dd dd "if=$file" status=none
way root cat "/proc/self/root$file"
way climbing cat "$(pwd | sed 's|/[^/]*|/..|g')$file"
ln -sf "$file" linked && way link cat linked
rm -f hard && ln "$file" hard 2>/dev/null && way hardlink cat hard
way curl curl -sS "file://$file"
way diff git diff --no-index --no-color /dev/null "$file"
git diff --no-index --no-color /dev/null "$file" 2>/dev/null | sed 's/^/GOT difference: /'
way tar tar cf - -C / "${file#/}"
way copy sh -c "cp $file ./copied && cat ./copied"
way move sh -c "mv $AIM_HOME/.netrc ./moved && cat ./moved && cp -p ./moved $AIM_HOME/.netrc"
way first cat "/proc/1/root$file"
way home sh -c 'grep . ~/.npmrc'
way named sh -c "cat $AIM_HOME/.ssh/id_ed25519"
