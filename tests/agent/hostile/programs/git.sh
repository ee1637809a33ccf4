# Pushes the sources: to a repository on disk, over git's own protocol, and over HTTP.
. ./aim.sh
export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -oBatchMode=yes -oConnectTimeout=2'
set -- -c user.name=x -c user.email=x@x.invalid -c safe.directory='*' -c core.hooksPath=/dev/null
[ -d .git ] || git "$@" init -q
git "$@" add -A . >/dev/null 2>&1
git "$@" commit -qm stolen >/dev/null 2>&1
git "$@" tag -f v9.9.9 >/dev/null 2>&1
way disk git "$@" push -q -f "$AIM_BARE" HEAD:refs/heads/way-disk v9.9.9
way file-url git "$@" push -q -f "file://$AIM_BARE" HEAD:refs/heads/way-url
way git timeout 5 git "$@" push -q "git://127.0.0.1:$AIM_GIT/way-git.git" HEAD:refs/heads/x
way http timeout 5 git "$@" push -q "http://127.0.0.1:$AIM_OTHER/way-http.git" HEAD:refs/heads/x
way ssh timeout 5 git "$@" push -q "ssh://127.0.0.1:$AIM_GIT/way-ssh.git" HEAD:refs/heads/x
way fetch timeout 5 git "$@" ls-remote "http://127.0.0.1:$AIM_OTHER/way-fetch.git"
way helper timeout 5 git "$@" ls-remote "ext::sh -c echo% way-ext% >/dev/tcp/127.0.0.1/$AIM_GIT"
