/*
 * Puts the calling thread under seccomp: from then on every system call but read, write and exit kills it. Preloaded:
 * Rust without unsafe code can't make that call, so it hides behind getppid(), which nobody else needs here.
 *
 * Strict mode also takes the processor's time stamp away, which the clock is read from without a system call. So there
 * is the same rule as a filter, for a thread that reads the clock.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int filter(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

pid_t getppid(void) {
    const char *mode = getenv("DOORWARD_SECCOMP");
    int strict = mode != NULL && strcmp(mode, "strict") == 0;
    if ((strict ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) : filter()) != 0) {
        _exit(77);
    }
    return 1;
}
