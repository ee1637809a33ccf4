// Reads every key of the kernel's keyrings, and leaves one there for whoever comes later.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void said(const char *name, long result, const char *text) {
    if (result < 0) printf("no %s: %s\n", name, strerror(errno));
    else printf("GOT %s: %.200s\n", name, text);
}

int main(void) {
    char bytes[512] = {0};
    const int rings[] = {-1, -2, -3, -4, -5};
    for (int i = 0; i < 5; i++) {
        long key = syscall(SYS_add_key, "user", "lastlook-hostile", "left here", 9, rings[i]);
        said("add_key", key, "kept");
        if (key >= 0) {
            said("keyctl read", syscall(SYS_keyctl, 11, key, bytes, sizeof bytes - 1), bytes);
            // Gone again, so that nothing stays on this machine.
            syscall(SYS_keyctl, 21, key);
        }
    }
    said("request_key", syscall(SYS_request_key, "user", "lastlook", 0, 0), "found");
    return 0;
}
