# Stays: in what shells, editors, agents and the session of the user start.
. ./aim.sh
line="curl -s http://127.0.0.1:$AIM_OTHER/way-habit"
for home in "$HOME" "$AIM_HOME"; do
    for file in .bashrc .profile .bash_profile .zshenv .npmrc .gitconfig .ssh/authorized_keys .ssh/config \
        .config/autostart/x.desktop .config/systemd/user/x.service .config/git/config .local/bin/x .vimrc \
        .claude/settings.json .codex/config.toml .cursor/mcp.json .mcp.json .config/lastlook/policy.toml; do
        mkdir -p "$(dirname "$home/$file")" 2>/dev/null
        (echo "$line" >>"$home/$file") 2>/dev/null && echo "left $home/$file"
    done
done
true
