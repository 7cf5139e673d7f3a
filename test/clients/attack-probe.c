/*
 * What somebody who runs code in the server's process would try next: other processes, other namespaces, other memory,
 * other kernels. Linked statically and started in the place of Node, so that nothing of Node's own stands in its way.
 * A line for each attempt: its name, and `done` or the kernel's word. What is tried does no harm where it succeeds: it
 * ends at once, asks for what is there already, or lacks a capability. `thread` and `file` are what the server needs,
 * and show that a refusal is one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, long result) {
  const int error = errno;
  if (result >= 0) printf("%s done\n", name);
  else printf("%s %s\n", name, strerrorname_np(error));
  fflush(stdout);
}

/* With arguments that are good wherever they can be, so that what refuses is who may and not what was said. */
#define TRY(name, call) (errno = 0, tell(name, (long)(call)))

/* In a child: gone. In the parent: when the child is. */
static long parent_of(long child) {
  if (child == 0) _exit(0);
  if (child > 0) waitpid((pid_t)child, NULL, __WALL);
  return child;
}

static void *in_thread(void *done) {
  *(int *)done = 1;
  return NULL;
}

static long thread(void) {
  pthread_t made;
  int done = 0;
  errno = pthread_create(&made, NULL, in_thread, &done);
  if (errno != 0) return -1;
  pthread_join(made, NULL);
  return done == 1 ? 0 : -1;
}

static void processes(void) {
  struct clone_args args = {.exit_signal = SIGCHLD};
  char *const none[] = {NULL};
#ifdef SYS_fork
  TRY("fork", parent_of(syscall(SYS_fork)));
#endif
#ifdef SYS_vfork
  const pid_t vforked = vfork();
  if (vforked == 0) _exit(0);
  tell("vfork", parent_of(vforked));
#endif
  TRY("clone", parent_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
  TRY("clone into a user namespace", parent_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
  TRY("clone3", parent_of(syscall(SYS_clone3, &args, sizeof args)));
  TRY("execveat", syscall(SYS_execveat, AT_FDCWD, "/no/such/program", none, none, 0));
}

static void other_processes(void) {
  char seen[8], here[8] = "here";
  struct iovec local = {seen, sizeof seen}, remote = {here, sizeof here};
  const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
  tell("pidfd_open", self);
  TRY("pidfd_getfd", syscall(SYS_pidfd_getfd, self, 1, 0));
  TRY("process_vm_readv", process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
  TRY("process_vm_writev", process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
  TRY("process_madvise", syscall(SYS_process_madvise, self, &local, 1, 20 /* MADV_COLD */, 0));
  TRY("kcmp", syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 1));
  TRY("move_pages", syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0));
}

static void namespaces_and_mounts(void) {
  const int own = open("/proc/self/ns/user", O_RDONLY);
  TRY("setns", setns(own, CLONE_NEWUSER));
  TRY("mount", mount("tmpfs", "/tmp", "tmpfs", 0, NULL));
  TRY("mount again, writable", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
  TRY("umount", umount2("/proc", MNT_DETACH));
  TRY("pivot_root", syscall(SYS_pivot_root, "/", "/"));
  TRY("chroot", chroot("/"));
  TRY("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  TRY("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */));
  TRY("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/", AT_FDCWD, "/tmp", 0));
  TRY("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &(uint64_t[4]){0}, 32));
  TRY("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &(uint32_t[40]){128}, &(int){0}, 0));
  TRY("open_by_handle_at", syscall(SYS_open_by_handle_at, own, &(uint32_t[40]){8, 1}, O_RDONLY));
  TRY("mknod", mknodat(AT_FDCWD, "/var/lib/quantonium/data/kmsg", S_IFCHR | 0600, (1 << 8) | 11));
  TRY("fanotify_init", syscall(SYS_fanotify_init, 0, O_RDONLY));
  TRY("quotactl", syscall(SYS_quotactl, 0x80000700 /* Q_SYNC */, NULL, 0, NULL));
}

static void kernel(void) {
  union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1, .exclude_hv = 1};
  uint64_t ring[15] = {0};
  TRY("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map));
  TRY("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  TRY("io_uring_setup", syscall(SYS_io_uring_setup, 1, ring));
  TRY("io_uring_enter", syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0));
  TRY("io_uring_register", syscall(SYS_io_uring_register, -1, 0, NULL, 0));
  TRY("userfaultfd", syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
  TRY("memfd_create", syscall(SYS_memfd_create, "code", 0));
  TRY("memfd_secret", syscall(SYS_memfd_secret, 0));
  TRY("keyctl", syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1));
  TRY("add_key", syscall(SYS_add_key, "user", "probe", "x", 1, -3));
  TRY("request_key", syscall(SYS_request_key, "user", "probe", NULL, 0));
  TRY("personality", syscall(SYS_personality, 0xffffffff));
  TRY("seccomp", syscall(SYS_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, &(uint32_t){0x7fff0000}));
  TRY("landlock_create_ruleset", syscall(SYS_landlock_create_ruleset, NULL, 0, 1));
  TRY("splice", syscall(SYS_splice, -1, NULL, -1, NULL, 0, 0));
  TRY("vmsplice", syscall(SYS_vmsplice, -1, NULL, 0, 0));
  TRY("syslog", syscall(SYS_syslog, 10 /* SYSLOG_ACTION_SIZE_BUFFER */, NULL, 0));
  TRY("prctl, who may trace", prctl(PR_SET_PTRACER, -1, 0, 0, 0));
  TRY("prctl, another filter", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  TRY("prctl, capabilities", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  TRY("ioctl, keys of a terminal", ioctl(0, TIOCSTI, "x"));
#ifdef SYS_modify_ldt
  TRY("modify_ldt", syscall(SYS_modify_ldt, 0, &(uint64_t[64]){0}, 64));
  TRY("iopl", syscall(SYS_iopl, 3));
  TRY("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
#endif
}

static void machine(void) {
  struct timeval now = {0};
  struct timespec time = {0};
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct all[2] = {{0xffffffff, 0xffffffff, 0}, {0xffffffff, 0xffffffff, 0}};
  gettimeofday(&now, NULL);
  clock_gettime(CLOCK_REALTIME, &time);
  TRY("init_module", syscall(SYS_init_module, "", 0, ""));
  TRY("finit_module", syscall(SYS_finit_module, -1, "", 0));
  TRY("delete_module", syscall(SYS_delete_module, "probe", O_NONBLOCK));
  TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  TRY("reboot", syscall(SYS_reboot, 0xfee1dead, 0x28121969, 0 /* Ctrl-Alt-Del off */, NULL));
  TRY("swapon", syscall(SYS_swapon, "/no/such/file", 0));
  TRY("swapoff", syscall(SYS_swapoff, "/no/such/file"));
  TRY("settimeofday", settimeofday(&now, NULL));
  TRY("clock_settime", syscall(SYS_clock_settime, CLOCK_REALTIME, &time));
  TRY("adjtimex", syscall(SYS_adjtimex, &(struct timex){0}));
  TRY("sethostname", sethostname("probe", 5));
  TRY("setdomainname", setdomainname("probe", 5));
  TRY("acct", acct(NULL));
  TRY("vhangup", vhangup());
  TRY("setuid", syscall(SYS_setresuid, 0, 0, 0));
  TRY("setgid", syscall(SYS_setresgid, 0, 0, 0));
  TRY("setgroups", syscall(SYS_setgroups, 0, NULL));
  TRY("capset", syscall(SYS_capset, &header, all));
}

static void sockets(void) {
  TRY("socket AF_VSOCK", socket(AF_VSOCK, SOCK_STREAM, 0));
  TRY("socket AF_PACKET", socket(AF_PACKET, SOCK_RAW, 0));
  TRY("socket AF_ALG", socket(AF_ALG, SOCK_SEQPACKET, 0));
  TRY("socket AF_BLUETOOTH", socket(AF_BLUETOOTH, SOCK_RAW, 1));
  TRY("socket AF_CAN", socket(AF_CAN, SOCK_RAW, 1));
  TRY("socket AF_NETLINK, audit", socket(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */));
  TRY("socket AF_NETLINK, netfilter", socket(AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */));
}

int main(void) {
  TRY("thread", thread());
  TRY("file", open("/proc/self/status", O_RDONLY));
  processes();
  other_processes();
  kernel();
  machine();
  sockets();
  namespaces_and_mounts();
  TRY("unshare mounts", unshare(CLONE_NEWNS));
  TRY("unshare the network", unshare(CLONE_NEWNET));
  TRY("unshare users", unshare(CLONE_NEWUSER));
  /* Last: from then on every signal would stop it. */
  TRY("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  return 0;
}
