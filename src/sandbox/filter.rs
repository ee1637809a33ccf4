//! System calls that reach out of a cell → refused, to this process and all that it starts. Linux only.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

/// Other processes, the kernel itself, and what is not kept in by namespaces.
const NEVER: &[i64] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
];

/// What Landlock leaves open: sockets with names, what processes share by number, and whose a file is.
const WITHOUT_NAMESPACES: &[i64] = &[
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmdt,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_timedsend,
    libc::SYS_mq_timedreceive,
    libc::SYS_ioprio_set,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// The same by the numbers of older calls.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = &[libc::SYS_chown, libc::SYS_lchown];

#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

/// Of other processes, whose number is the first argument.
const OF_OTHERS: &[i64] = &[
    libc::SYS_prlimit64,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setaffinity,
];

/// What changes who may do what with a file, and which argument says so: nobody gets the rights of its owner by it.
#[cfg(target_arch = "x86_64")]
const RIGHTS: &[(i64, u8)] =
    &[(libc::SYS_chmod, 1), (libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (libc::SYS_fchmodat2, 2)];

#[cfg(not(target_arch = "x86_64"))]
const RIGHTS: &[(i64, u8)] = &[(libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (libc::SYS_fchmodat2, 2)];

/// The same for files that are made: which argument may say that one is, if not all do, and which its rights.
#[cfg(target_arch = "x86_64")]
const CREATES: &[(i64, Option<u8>, u8)] = &[
    (libc::SYS_open, Some(1), 2),
    (libc::SYS_openat, Some(2), 3),
    (libc::SYS_creat, None, 1),
    (libc::SYS_mknod, None, 1),
    (libc::SYS_mknodat, None, 2),
];

#[cfg(not(target_arch = "x86_64"))]
const CREATES: &[(i64, Option<u8>, u8)] = &[(libc::SYS_openat, Some(2), 3), (libc::SYS_mknodat, None, 2)];

/// Newer ways to do the same, whose arguments can't be seen; programs know how to do without.
const UNKNOWN: &[i64] = &[
    libc::SYS_openat2,
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// What kernels know that are newer than this list, which may do anything: rights by new numbers, for a start.
const NEWER: std::ops::Range<i64> = 463..512;

/// The same calls by the numbers of another way to call the kernel, which some kernels take.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// `ptrace`, `process_vm_readv` and `process_vm_writev` have numbers of their own there.
#[cfg(target_arch = "x86_64")]
const X32_OWN: &[i64] = &[X32 + 521, X32 + 539, X32 + 540];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Puts the filter in place. Without namespaces, there are no sockets but nameless pairs.
pub(super) fn close(namespaces: bool) -> Result<(), String> {
    let fault = |error: &dyn std::fmt::Display| format!("system calls can't be filtered: {error}");
    let mut denied: Rules = NEVER.iter().map(|call| (*call, Vec::new())).collect();
    if namespaces {
        // Those that a namespace of the network keeps in.
        let kinds = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
        denied.insert(libc::SYS_socket, vec![rule(kinds.map(|kind| is_not(0, kind)).into())?]);
    } else {
        denied.extend(WITHOUT_NAMESPACES.iter().chain(OLDER).map(|call| (*call, Vec::new())));
        // What tells of the machine's own addresses, and takes no orders from whoever has no privileges.
        let (kind, what) = (is_not(0, libc::AF_NETLINK), is_not(2, libc::NETLINK_ROUTE));
        denied.insert(libc::SYS_socket, vec![rule(vec![kind])?, rule(vec![what])?]);
        // One that takes single messages could send them to any name.
        let single = [libc::SOCK_DGRAM, libc::SOCK_RAW].map(|kind| rule(vec![masked(1, 0xf, kind)]));
        let single: Result<Vec<_>, _> = single.into_iter().collect();
        denied.insert(libc::SYS_socketpair, single?);
        for call in OF_OTHERS {
            denied.insert(*call, vec![rule(vec![is_not(0, 0)])?]);
        }
        denied.insert(libc::SYS_setpriority, vec![rule(vec![is_not(0, 0)])?, rule(vec![is_not(1, 0)])?]);
    }
    for (call, flags, argument) in CREATES {
        let mut given = Vec::new();
        for right in [0o4000, 0o2000] {
            // A file may be made without a name, and get one later.
            for way in [libc::O_CREAT, libc::O_TMPFILE & !libc::O_DIRECTORY] {
                let created = flags.map(|flags| masked(flags, way, way));
                given.push(rule(created.into_iter().chain([masked(*argument, right, right)]).collect())?);
            }
        }
        denied.insert(*call, given);
    }
    for (call, argument) in RIGHTS {
        let given = [0o4000, 0o2000].map(|right| rule(vec![masked(*argument, right, right)]));
        denied.insert(*call, given.into_iter().collect::<Result<Vec<_>, _>>()?);
    }
    denied.insert(libc::SYS_clone, vec![rule(vec![masked(0, libc::CLONE_NEWUSER, libc::CLONE_NEWUSER)])?]);
    let unknown: Rules = UNKNOWN.iter().copied().chain(NEWER).map(|call| (call, Vec::new())).collect();
    let arch: TargetArch = std::env::consts::ARCH.try_into().map_err(|error| fault(&error))?;
    for (rules, errno) in [(denied, libc::EPERM), (unknown, libc::ENOSYS)] {
        let errno = SeccompAction::Errno(errno.unsigned_abs());
        let filter =
            SeccompFilter::new(twice(rules), SeccompAction::Allow, errno, arch).map_err(|error| fault(&error))?;
        let program: BpfProgram = filter.try_into().map_err(|error| fault(&error))?;
        apply_filter(&program).map_err(|error| fault(&error))?;
    }
    Ok(())
}

/// The rules, for every way to call the kernel.
#[cfg(target_arch = "x86_64")]
fn twice(rules: Rules) -> Rules {
    let own = X32_OWN.iter().map(|call| (*call, Vec::new()));
    let other: Rules = rules.iter().map(|(call, rules)| (call + X32, rules.clone())).chain(own).collect();
    rules.into_iter().chain(other).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn twice(rules: Rules) -> Rules {
    rules
}

fn rule(conditions: Vec<Result<SeccompCondition, String>>) -> Result<SeccompRule, String> {
    let conditions = conditions.into_iter().collect::<Result<Vec<_>, _>>()?;
    SeccompRule::new(conditions).map_err(|error| error.to_string())
}

fn is_not(argument: u8, value: i32) -> Result<SeccompCondition, String> {
    condition(argument, SeccompCmpOp::Ne, value)
}

fn masked(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, String> {
    condition(argument, SeccompCmpOp::MaskedEq(mask.unsigned_abs().into()), value)
}

fn condition(argument: u8, how: SeccompCmpOp, value: i32) -> Result<SeccompCondition, String> {
    let value = value.unsigned_abs().into();
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value).map_err(|error| error.to_string())
}
