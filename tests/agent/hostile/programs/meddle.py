# Changes what the kernel keeps about lastlook: limits, priority, where it runs, and whether it is the first to go.
import os, resource
from way import aim, may as way

pid = aim["process"]


def score():
    with open(f"/proc/{pid}/oom_score_adj", "w") as file:
        return file.write("1000")


way("prlimit", lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
way("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
way("affinity", lambda: os.sched_setaffinity(pid, {0}))
way("scheduler", lambda: os.sched_setscheduler(pid, 5, os.sched_param(0)))
way("score", score)
way("coredump filter", lambda: open(f"/proc/{pid}/coredump_filter", "w").write("0"))
way("group", lambda: os.setpgid(0, os.getpgid(pid)))
