// Connects, sends and reads through io_uring, where no filter of system calls looks: PORT FILE.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ring;
static struct io_uring_params with;
static char *queue, *done;
static struct io_uring_sqe *entries;

static int run(int code, int fd, const void *at, unsigned length, unsigned long offset, unsigned flags) {
    unsigned *tail = (unsigned *)(queue + with.sq_off.tail), mask = *(unsigned *)(queue + with.sq_off.ring_mask);
    unsigned slot = *tail & mask;
    struct io_uring_sqe *one = &entries[slot];
    memset(one, 0, sizeof *one);
    one->opcode = code, one->fd = fd, one->addr = (unsigned long)at, one->len = length, one->off = offset;
    one->open_flags = flags;
    ((unsigned *)(queue + with.sq_off.array))[slot] = slot;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) return -errno;
    unsigned *head = (unsigned *)(done + with.cq_off.head);
    struct io_uring_cqe *all = (void *)(done + with.cq_off.cqes);
    int result = all[*head & *(unsigned *)(done + with.cq_off.ring_mask)].res;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return result;
}

static void said(const char *name, int result, const char *text) {
    if (result < 0) printf("no %s: %s\n", name, strerror(-result));
    else printf("%s %s: %.200s\n", strstr(name, "socket") ? "MAY" : "GOT", name, text);
}

int main(int count, char **words) {
    ring = syscall(SYS_io_uring_setup, 8, &with);
    if (ring < 0) return printf("no ring: %s\n", strerror(errno)), 0;
    printf("MAY ring: %d\n", ring);
    queue = mmap(0, with.sq_off.array + 8 * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    done = mmap(0, with.cq_off.cqes + with.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
                MAP_SHARED, ring, IORING_OFF_CQ_RING);
    entries = mmap(0, 8 * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const char *text = "PUT /way-uring HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
    int fd = run(IORING_OP_SOCKET, AF_INET, 0, 0, SOCK_STREAM, 0);
    said("uring socket", fd, "open");
    if (fd >= 0) {
        said("uring connect", run(IORING_OP_CONNECT, fd, &to, 0, sizeof to, 0), "connected");
        said("uring send", run(IORING_OP_SEND, fd, text, strlen(text), 0, 0), "sent");
    }
    char bytes[200] = {0};
    fd = run(IORING_OP_OPENAT, AT_FDCWD, words[2], 0, 0, O_RDONLY);
    said("uring open", fd, words[2]);
    if (fd >= 0) said("uring read", run(IORING_OP_READ, fd, bytes, sizeof bytes - 1, 0, 0), bytes);
    return 0;
}
