//! Attempts to reach anyone at all, by every kind of socket.

use crate::hostile::attempt::{Attempt, Expect};

pub(super) fn all() -> Vec<Attempt> {
    vec![
        Attempt::new(
            "tcp",
            "connects to every port there is on loopback, by every name of it",
            Expect::Heard(&[
                "registry: GET /way-tcp-registry",
                "other registry: GET /way-tcp-other",
                "gate: GET /way-tcp-gate",
                "git: GET /way-tcp-git",
                "ipv6: GET /way-tcp-six",
                "/way-tcp-mapped",
                "/way-tcp-zero",
                "/way-tcp-named",
                "/way-tcp-from",
            ]),
        )
        .program("tcp.js", include_str!("../programs/tcp.js")),
        Attempt::new(
            "udp",
            "sends datagrams in every way that a socket has",
            Expect::Heard(&["way-udp canary", "way-udpsix", "way-mapped", "way-connected", "way-sendmsg", "way-raw"]),
        )
        // A raw socket is root's alone.
        .others(&[Expect::Heard(&["way-udp canary", "way-udpsix", "way-mapped", "way-connected", "way-sendmsg"])])
        .program("udp.py", include_str!("../programs/udp.py")),
        Attempt::new(
            "dns",
            "asks a name server for names that hold what was stolen",
            Expect::Heard(&["way-resolver", "way-byhand"]),
        )
        .program("dns.js", include_str!("../programs/dns.js")),
        Attempt::new(
            "listen",
            "waits to be connected to, on a port and on a socket",
            Expect::Heard(&["port: way-listen ", "port: way-listensix", "socket: way-listensocket"]),
        )
        .program("listen.js", include_str!("../programs/listen.js")),
        Attempt::new(
            "unix",
            "reaches an ssh agent, docker and others by sockets that are files, and by one without",
            Expect::Heard(&[
                "way-agent",
                "way-named",
                "docker socket: POST",
                "docker socket at home: POST",
                "way-abstract",
                "way-symlinked",
                "way-hardlinked",
                "way-self",
                "way-datagram",
                "way-pair ",
                "way-pairmsg",
                "way-handed",
            ]),
        )
        .program("unix.py", include_str!("../programs/unix.py")),
        Attempt::new(
            "families",
            "opens sockets of families that filters forget: netlink, packet, vsock and others",
            Expect::Printed(&["MAY netlink answer", "GOT packet", "GOT raw"]),
        )
        .others(&[Expect::Printed(&["MAY netlink answer"])])
        .compiled("families", include_str!("../programs/families.c"), ""),
        Attempt::new(
            "uring",
            "connects and reads through io_uring, where no filter of system calls looks",
            Expect::Heard(&["PUT /way-uring"]),
        )
        .and(Expect::Printed(&["GOT uring read: {canary}"]))
        .compiled("uring", include_str!("../programs/uring.c"), "$AIM_REGISTRY $AIM_TOKEN"),
        Attempt::new(
            "compat",
            "makes system calls by their numbers of 32 bits, and by those of x32",
            Expect::Heard(&["PUT /way-compat", "PUT /way-socketcall"]),
        )
        .and(Expect::Printed(&["GOT compat read: {canary}", "no x32 socket"]))
        .compiled("compat", include_str!("../programs/compat.c"), "$AIM_REGISTRY $AIM_TOKEN"),
    ]
}
