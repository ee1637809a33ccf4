// Makes system calls by their numbers of 32 bits, and by those of x32, which a filter may not know: PORT FILE.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static long old(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}

static int said(const char *name, long result, const char *text) {
    if (result < 0) printf("no %s: %s\n", name, strerror(-result));
    else printf("%s %s: %.200s\n", strstr(name, " socket") ? "MAY" : "GOT", name, text);
    fflush(stdout);
    return result >= 0;
}

int main(int count, char **words) {
    long fd = syscall(0x40000000 | 41, AF_INET, SOCK_STREAM, 0);
    said("x32 socket", fd < 0 ? -errno : fd, "open");
    fd = syscall(0x40000000 | 2, words[2], O_RDONLY, 0);
    said("x32 open", fd < 0 ? -errno : fd, "open");
    // These take pointers of 32 bits alone.
    char *low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    struct sockaddr_in *to = (void *)low;
    to->sin_family = AF_INET, to->sin_port = htons(atoi(words[1])), to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char *text = strcpy(low + 64, "PUT /way-compat HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
    fd = old(359, AF_INET, SOCK_STREAM, 0);
    if (said("compat socket", fd, "open") && said("compat connect", old(362, fd, (long)to, sizeof *to), "connected"))
        said("compat write", old(4, fd, (long)text, strlen(text)), "sent");
    unsigned *call = (void *)(low + 1024);
    call[0] = AF_INET, call[1] = SOCK_STREAM, call[2] = 0;
    fd = old(102, 1, (long)call, 0);
    if (said("socketcall socket", fd, "open")) {
        text = strcpy(low + 64, "PUT /way-socketcall HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
        call[0] = fd, call[1] = (unsigned)(long)to, call[2] = sizeof *to;
        if (said("socketcall connect", old(102, 3, (long)call, 0), "connected")) old(4, fd, (long)text, strlen(text));
    }
    fd = old(5, (long)strcpy(low + 2048, words[2]), O_RDONLY, 0);
    if (said("compat open", fd, words[2])) {
        memset(low + 3072, 0, 200);
        said("compat read", old(3, fd, (long)(low + 3072), 199), low + 3072);
    }
    return 0;
}
