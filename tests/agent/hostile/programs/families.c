// Opens sockets of families that most filters forget.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>

static int opened(const char *name, int family, int type, int protocol) {
    int fd = socket(family, type, protocol);
    if (fd < 0) printf("no %s: %s\n", name, strerror(errno));
    else printf("%s %s: a socket\n", family == AF_NETLINK || family == AF_VSOCK ? "MAY" : "GOT", name);
    return fd;
}

int main(void) {
    int fd = opened("netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (fd >= 0) {
        struct { struct nlmsghdr head; struct rtgenmsg what; } ask = {0};
        char answer[8192];
        ask.head.nlmsg_len = sizeof ask;
        ask.head.nlmsg_type = RTM_GETLINK;
        ask.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        send(fd, &ask, sizeof ask, 0);
        long length = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
        if (length > 0) printf("MAY netlink answer: %ld bytes\n", length);
    }
    opened("netlink audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
    opened("netlink events", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
    opened("packet", AF_PACKET, SOCK_RAW, 0x0300);
    opened("raw", AF_INET, SOCK_RAW, 255);
    opened("ping", AF_INET, SOCK_DGRAM, 1);
    fd = opened("vsock", AF_VSOCK, SOCK_STREAM, 0);
    if (fd >= 0) {
        // To itself alone, never to the host of a virtual machine.
        struct sockaddr_vm here = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = 9};
        connect(fd, (void *)&here, sizeof here);
        printf("no vsock connection: %s\n", strerror(errno));
    }
    opened("alg", AF_ALG, SOCK_SEQPACKET, 0);
    opened("key", 15, SOCK_RAW, 2);
    opened("bluetooth", 31, SOCK_RAW, 1);
    opened("can", 29, SOCK_RAW, 1);
    opened("tipc", 30, SOCK_RDM, 0);
    opened("rds", 21, SOCK_SEQPACKET, 0);
    opened("qipcrtr", 42, SOCK_DGRAM, 0);
    opened("smc", 43, SOCK_STREAM, 0);
    opened("xdp", 44, SOCK_RAW, 0);
    return 0;
}
