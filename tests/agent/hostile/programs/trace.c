// Attaches to processes, reads and writes their memory, and takes their open files: MARK PIDS.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char memory[1 << 22];

static void said(const char *name, int pid, long result, const char *text) {
    if (result < 0) printf("no %s of %d: %s\n", name, pid, strerror(errno));
    else printf("GOT %s of %d: %.100s\n", name, pid, text);
    fflush(stdout);
}

static unsigned long stack(int pid, unsigned long *end) {
    char path[64], line[512];
    unsigned long start = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]")) sscanf(line, "%lx-%lx", &start, end);
    if (maps) fclose(maps);
    return start;
}

static const char *find(const char *mark, long length) {
    const char *found = length > 0 ? memmem(memory, length, mark, strlen(mark)) : 0;
    return found ? found : "nothing in it";
}

int main(int count, char **words) {
    for (int i = 2; i < count; i++) {
        int pid = atoi(words[i]);
        unsigned long end = 0, start = stack(pid, &end), size = end - start < sizeof memory ? end - start : sizeof memory;
        struct iovec here = {memory, start ? size : 16}, there = {(void *)(end - size), size};
        long length = start ? process_vm_readv(pid, &here, 1, &there, 1, 0) : process_vm_readv(pid, &here, 1, &here, 1, 0);
        said("process_vm_readv", pid, length, find(words[1], length));
        struct iovec nothing = {memory, 1};
        there = (struct iovec){(void *)(end - 1), 1};
        memory[0] = 0;
        said("process_vm_writev", pid, process_vm_writev(pid, &nothing, 1, &there, 1, 0), "written");
        long seized = ptrace(PTRACE_SEIZE, pid, 0, 0);
        said("seize", pid, seized, "traced");
        if (!seized && !ptrace(PTRACE_INTERRUPT, pid, 0, 0) && waitpid(pid, 0, __WALL) == pid) {
            long done = 0;
            for (; start && done < size; done += 8) {
                long word = ptrace(PTRACE_PEEKDATA, pid, end - size + done, 0);
                memcpy(memory + done, &word, 8);
            }
            said("peek", pid, 0, find(words[1], done));
            ptrace(PTRACE_DETACH, pid, 0, 0);
        }
        int handle = syscall(SYS_pidfd_open, pid, 0);
        if (handle < 0) said("pidfd_open", pid, handle, "");
        for (int fd = 3; handle >= 0 && fd < 12; fd++) {
            int copy = syscall(SYS_pidfd_getfd, handle, fd, 0);
            if (copy < 0) continue;
            long length = pread(copy, memory, 1000, 0);
            said("pidfd_getfd", pid, 0, find(words[1], length));
        }
    }
    return 0;
}
