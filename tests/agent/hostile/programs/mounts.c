// Makes namespaces, mounts, and climbs out of roots: TOKEN PID.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

static const char *token;
static int pid;

static void shown(const char *name) {
    char bytes[200] = {0};
    int fd = open(token, O_RDONLY);
    if (fd >= 0 && read(fd, bytes, sizeof bytes - 1) > 0) printf("GOT token by %s: %s", name, bytes);
}

// What reaches nothing but its own, where what is below it is closed.
static int own(const char *name) {
    const char *all[] = {"mount tmpfs", "mount proc", "mount bind", "remount", "open_tree", "move_mount", "fsopen",
                         "umount", "user namespace", "mount namespace", "net namespace", "clone", "clone3"};
    for (int i = 0; i < 13; i++) if (!strcmp(name, all[i])) return 1;
    return 0;
}

static int said(const char *name, long result) {
    if (result < 0) printf("no %s: %s\n", name, strerror(errno));
    else printf("%s %s: done\n", own(name) ? "MAY" : "GOT", name);
    return result >= 0;
}

static void mounting(void) {
    mkdir("mounted", 0755);
    if (said("mount tmpfs", mount("none", "mounted", "tmpfs", 0, 0))) umount2("mounted", MNT_DETACH);
    if (said("mount proc", mount("none", "mounted", "proc", 0, 0))) umount2("mounted", MNT_DETACH);
    if (said("mount bind", mount("/", "mounted", 0, MS_BIND | MS_REC, 0))) umount2("mounted", MNT_DETACH);
    if (said("remount", mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0))) shown("remount");
    int fd = syscall(SYS_open_tree, AT_FDCWD, "/", 1);
    if (said("open_tree", fd)) said("move_mount", syscall(SYS_move_mount, fd, "", AT_FDCWD, "mounted", 4));
    umount2("mounted", MNT_DETACH);
    said("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    said("umount", umount2("/tmp", MNT_DETACH));
    shown("umount");
}

static void in_child(const char *name, int (*work)(void)) {
    fflush(stdout);
    if (!fork()) {
        if (said(name, work())) shown(name);
        fflush(stdout);
        _exit(0);
    }
    wait(0);
}

static int users(void) { return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID); }

static int users_and_mounts(void) {
    int result = users();
    if (!result) mounting();
    return result;
}

static int net(void) { return unshare(CLONE_NEWNET); }

static int spaces(void) { return unshare(CLONE_NEWNS); }

static int spaces_and_mounts(void) {
    int result = spaces();
    if (!result) mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), mounting();
    return result;
}

static int joins(int target, int flags) {
    int fd = syscall(SYS_pidfd_open, target, 0);
    return fd < 0 ? fd : setns(fd, flags);
}

static int joins_first(void) { return joins(1, CLONE_NEWNS | CLONE_NEWNET); }
static int joins_parent(void) { return joins(pid, CLONE_NEWNET); }

static int by_name(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    int fd = open(path, O_RDONLY);
    return fd < 0 ? fd : setns(fd, 0);
}

static int climbs(void) {
    mkdir("inner", 0755);
    if (chroot("inner")) return -1;
    for (int i = 0; i < 64; i++) if (chdir("..")) return -1;
    return chroot(".");
}

static int cloned(void) { return syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0); }

static int cloned_anew(void) {
    struct clone_args with = {.flags = CLONE_NEWUSER, .exit_signal = 17};
    long child = syscall(SYS_clone3, &with, sizeof with);
    if (!child) _exit(0);
    return child;
}

static int handles(void) {
    struct { struct file_handle head; char rest[128]; } handle = {.head = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, "/", &handle.head, &mount_id, 0)) return -1;
    return open_by_handle_at(open("/", O_RDONLY), &handle.head, O_RDONLY);
}

int main(int count, char **words) {
    token = words[1], pid = atoi(words[2]);
    in_child("user namespace", users_and_mounts);
    in_child("mount namespace", spaces_and_mounts);
    in_child("net namespace", net);
    in_child("setns of the first", joins_first);
    in_child("setns of the parent", joins_parent);
    in_child("setns by name", by_name);
    in_child("chroot and out", climbs);
    in_child("clone", cloned);
    in_child("clone3", cloned_anew);
    in_child("file handle", handles);
    return 0;
}
