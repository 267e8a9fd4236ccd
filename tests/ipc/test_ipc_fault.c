/* Peers, kernels and limits that do their worst. */
#include "ipc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#ifndef F_SEAL_EXEC /* Linux 6.3 */
#define F_SEAL_EXEC 0x0020
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

static bool
can_share(struct kit *k)
{
    if (!kit_has(k, "VK_KHR_external_memory_fd") || !kit_has(k, "VK_KHR_external_semaphore_fd")) {
        kit_skip(k, "needs VK_KHR_external_memory_fd and VK_KHR_external_semaphore_fd");
        return false;
    }
    return true;
}

/* ---- system requests that fail; only while armed, and only of the thread that armed them ---- */

static _Thread_local long countdown;

static bool
fails(void)
{
    return countdown > 0 && --countdown == 0;
}

#define EXPORT __attribute__((visibility("default")))
#define REAL(name, result, args)                                                                                       \
    static result(*real) args;                                                                                         \
    if (!real) {                                                                                                       \
        void *found = dlsym(RTLD_NEXT, name);                                                                          \
        memcpy(&real, &found, sizeof(real));                                                                           \
    }

EXPORT int
memfd_create(const char *name, unsigned flags)
{
    if (fails()) {
        errno = EMFILE;
        return -1;
    }
    REAL("memfd_create", int, (const char *, unsigned))
    return real(name, flags);
}

EXPORT int
ftruncate(int fd, off_t size)
{
    if (fails()) {
        errno = ENOMEM;
        return -1;
    }
    REAL("ftruncate", int, (int, off_t))
    return real(fd, size);
}

EXPORT int
fcntl(int fd, int op, ...)
{
    va_list va;
    va_start(va, op);
    void *arg = va_arg(va, void *);
    va_end(va);
    if (fails()) {
        errno = EMFILE;
        return -1;
    }
    REAL("fcntl", int, (int, int, ...))
    return real(fd, op, arg);
}

EXPORT void *
mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    if (fails()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    REAL("mmap", void *, (void *, size_t, int, int, int, off_t))
    return real(at, size, prot, flags, fd, offset);
}

EXPORT int
fstat(int fd, struct stat *st)
{
    if (fails()) {
        errno = EIO;
        return -1;
    }
    REAL("fstat", int, (int, struct stat *))
    return real(fd, st);
}

EXPORT int
open(const char *path, int flags, ...)
{
    va_list va;
    va_start(va, flags);
    const mode_t mode = va_arg(va, mode_t);
    va_end(va);
    if (fails()) {
        errno = EMFILE;
        return -1;
    }
    REAL("open", int, (const char *, int, ...))
    return real(path, flags, mode);
}

/* ---- 21, 22: seals ---- */

static int
vandal(void)
{
    int fd, got[5];
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        return 1;
    }
    errno = 0;
    got[0] = ftruncate(fd, 0) == 0 ? 0 : errno;
    got[1] = ftruncate(fd, 1 << 24) == 0 ? 0 : errno;
    got[2] = fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 ? 0 : errno;
    got[3] = fcntl(fd, F_ADD_SEALS, 0x10 /* FUTURE_WRITE */) == 0 ? 0 : errno;
    got[4] = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2 * PAGE) == 0 ? 0 : errno;
    ipc_send(ipc_parent, got, sizeof(got), -1);
    return 0;
}

static void
s21_vandal(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    const VkDeviceMemory m = ipc_export(k, 4 * PAGE, IPC_NV);
    uint32_t *p;
    MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)&p));
    memset(p, 0x55, 4 * PAGE);
    struct ipc_peer peer = ipc_spawn("vandal");
    const int fd = ipc_get_fd(k, m);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    int got[5];
    REQUIRE(k, ipc_recv(peer.sock, got, sizeof(got), NULL), "nothing came");
    CHECK(k, got[0] == EPERM && got[1] == EPERM && got[2] == EPERM && got[3] == EPERM, "errors %d %d %d %d", got[0], got[1], got[2], got[3]);
    CHECK(k, got[4] == 0 && p[0] == 0 && p[2 * PAGE / 4] == 0x55555555, "the hole: %d, 0x%x", got[4], p[0]);
    p[0] = 7; /* the page is back when it is touched */
    ipc_join(k, &peer);
    vkFreeMemory(k->device, m, NULL);
}

struct race {
    int fd; /* atomic; -1 = none, -2 = stop */
};

static void *
truncator(void *arg)
{
    struct race *r = arg;
    for (;;) {
        const int fd = __atomic_load_n(&r->fd, __ATOMIC_ACQUIRE);
        if (fd == -2) {
            return NULL;
        }
        if (fd >= 0) {
            (void)!ftruncate(fd, 0);
            (void)!ftruncate(fd, 4 * PAGE);
        }
    }
}

static void
s22_unsealed(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    int fd = memfd_create("theirs", MFD_CLOEXEC | MFD_ALLOW_SEALING), keep = dup(fd);
    REQUIRE(k, ftruncate(fd, 4 * PAGE) == 0, "ftruncate");
    VkDeviceMemory m;
    CHECK_VK(k, ipc_import(k, 4 * PAGE, fd, NULL, &m));
    CHECK(k, ftruncate(keep, 0) != 0 && errno == EPERM, "still truncatable after the import");
    vkFreeMemory(k->device, m, NULL);
    close(keep);
    struct race race = {-1};
    pthread_t thread;
    REQUIRE(k, pthread_create(&thread, NULL, truncator, &race) == 0, "thread");
    long taken = 0;
    const long n = ipc_count(3000, 100000);
    for (long i = 0; i < n; i++) {
        fd = memfd_create("race", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        keep = dup(fd);
        (void)!ftruncate(fd, 4 * PAGE);
        __atomic_store_n(&race.fd, keep, __ATOMIC_RELEASE);
        const VkResult r = ipc_import(k, 4 * PAGE, fd, NULL, &m);
        if (r == VK_SUCCESS) {
            volatile uint8_t *p;
            MUST(vkMapMemory(k->device, m, 0, VK_WHOLE_SIZE, 0, (void **)(void *)&p));
            for (int b = 0; b < 4; b++) {
                p[b * PAGE] = 1;
            }
            taken++;
            vkFreeMemory(k->device, m, NULL);
        } else {
            CHECK_RESULT(k, r, VK_ERROR_INVALID_EXTERNAL_HANDLE);
            close(fd);
        }
        __atomic_store_n(&race.fd, -1, __ATOMIC_RELEASE);
        close(keep);
    }
    __atomic_store_n(&race.fd, -2, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    printf("  %ld of %ld racing imports taken\n", taken, n);
}

/* ---- 23, 24, 25: wrong sizes and wrong descriptors ---- */

static void
refuse(struct kit *k, const char *what, int fd, VkDeviceSize size_B)
{
    VkDeviceMemory m;
    const off_t at = fd >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    const bool open_before = fcntl(fd, F_GETFD) >= 0;
    const VkResult r = ipc_import(k, size_B, fd, NULL, &m);
    CHECK(k, r == VK_ERROR_INVALID_EXTERNAL_HANDLE, "%s as memory of %llu B: %s", what, (unsigned long long)size_B, kit_result_name(r));
    if (open_before) {
        CHECK(k, fcntl(fd, F_GETFD) >= 0 && lseek(fd, 0, SEEK_CUR) == at, "%s: the descriptor was touched", what);
    }
    if (r == VK_SUCCESS) {
        vkFreeMemory(k->device, m, NULL);
    }
}

static void
s23_wrong_size(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    const VkDeviceMemory owner = ipc_export(k, 4 * PAGE, IPC_KHR);
    const int fd = ipc_get_fd(k, owner);
    lseek(fd, 123, SEEK_SET);
    static const VkDeviceSize sizes[] = {0, 1, PAGE, 3 * PAGE, 4 * PAGE + 1, 5 * PAGE, UINT64_MAX, UINT64_MAX - PAGE + 1, UINT64_C(1) << 39, UINT64_C(1) << 63};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        refuse(k, "exported memory", fd, sizes[i]);
    }
    const VkImportMemoryFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                         .fd = fd};
    const VkMemoryAllocateInfo other_type = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &imp, .allocationSize = 4 * PAGE, .memoryTypeIndex = 1};
    VkDeviceMemory m;
    CHECK_RESULT(k, vkAllocateMemory(k->device, &other_type, NULL, &m), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    /* A handle type of 0: the struct is not there. */
    const VkImportMemoryFdInfoKHR zero = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .fd = -7};
    const VkMemoryAllocateInfo plain = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &zero, .allocationSize = PAGE};
    CHECK_VK(k, vkAllocateMemory(k->device, &plain, NULL, &m));
    vkFreeMemory(k->device, m, NULL);
    /* 25: the number is used up by the import. */
    CHECK_VK(k, ipc_import(k, 4 * PAGE, fd, NULL, &m));
    refuse(k, "a descriptor that was imported already", fd, 4 * PAGE);
    vkFreeMemory(k->device, m, NULL);
    vkFreeMemory(k->device, owner, NULL);
}

static void
s24_foreign(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    const int before = ipc_open_fds();
    int pipes[2], socks[2];
    REQUIRE(k, pipe2(pipes, O_CLOEXEC) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, socks) == 0, "pipes");
    char file[] = "/tmp/pumice-ipc-XXXXXX", shm[64];
    const int regular = mkstemp(file);
    unlink(file);
    (void)!ftruncate(regular, PAGE);
    snprintf(shm, sizeof(shm), "/pumice-ipc-%d", (int)getpid());
    const int posix = shm_open(shm, O_RDWR | O_CREAT | O_EXCL, 0600);
    shm_unlink(shm);
    if (posix >= 0) {
        (void)!ftruncate(posix, PAGE);
    }
    const int rw = memfd_create("rw", MFD_ALLOW_SEALING), sealed = memfd_create("w", MFD_ALLOW_SEALING), bare = memfd_create("n", 0);
    (void)!ftruncate(rw, PAGE);
    (void)!ftruncate(sealed, PAGE);
    (void)!ftruncate(bare, PAGE); /* without ALLOW_SEALING: sealed against seals */
    fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", rw);
    const int ro = open(path, O_RDONLY | O_CLOEXEC), opath = open(path, O_PATH | O_CLOEXEC);
    const int event = eventfd(0, EFD_CLOEXEC), null = open("/dev/null", O_RDWR), folder = open("/tmp", O_RDONLY | O_DIRECTORY);
    const int huge = memfd_create("huge", MFD_HUGETLB | MFD_ALLOW_SEALING);
    const struct {
        const char *name;
        int fd;
    } list[] = {{"an eventfd", event},   {"a pipe", pipes[0]}, {"a pipe's end", pipes[1]},    {"a socket", socks[0]}, {"/dev/null", null},
                {"a folder", folder},    {"a file", regular},  {"shared memory", posix},      {"read-only", ro},      {"O_PATH", opath},
                {"unwritable", sealed},  {"no seals", bare},   {"number -1", -1},             {"INT_MAX", 0x7fffffff}, {"number -5", -5},
                {"a closed number", 901}, {"huge pages", huge}, {"standard input", 0}};
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        refuse(k, list[i].name, list[i].fd, PAGE);
    }
    if (huge >= 0 && ftruncate(huge, 2 << 20) == 0) {
        refuse(k, "a file of huge pages", huge, 2 << 20);
    }
    /* A semaphore as memory, and memory as semaphore. */
    const VkExportSemaphoreCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                            .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkSemaphoreCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &ex};
    VkSemaphore sem;
    MUST(vkCreateSemaphore(k->device, &sci, NULL, &sem));
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = sem,
                                         .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    int sfd;
    MUST(k->vk.GetSemaphoreFdKHR(k->device, &get, &sfd));
    refuse(k, "a semaphore", sfd, PAGE);
    refuse(k, "a semaphore", sfd, 2048);
    const VkDeviceMemory m = ipc_export(k, PAGE, IPC_KHR);
    const int mfd = ipc_get_fd(k, m);
    const VkImportSemaphoreFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = sem,
                                            .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = mfd};
    CHECK_RESULT(k, k->vk.ImportSemaphoreFdKHR(k->device, &imp), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    VkDeviceMemory none;
    const VkImportMemoryFdInfoKHR dma = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, .fd = mfd,
                                         .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &dma, .allocationSize = PAGE};
    CHECK_RESULT(k, vkAllocateMemory(k->device, &ai, NULL, &none), VK_ERROR_INVALID_EXTERNAL_HANDLE);
    vkFreeMemory(k->device, m, NULL);
    vkDestroySemaphore(k->device, sem, NULL);
    const int all[] = {pipes[0], pipes[1], socks[0], socks[1], regular, posix, rw, sealed, bare, ro, opath, event, null, folder, huge, sfd, mfd};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i] >= 0) {
            close(all[i]);
        }
    }
    CHECK(k, ipc_open_fds() == before, "%d descriptors more than before", ipc_open_fds() - before);
}

/* ---- 26: nothing leaks ---- */

/* Everything once. Returns the first error; leaves nothing behind. */
static VkResult
cycle(struct kit *k)
{
    VkDeviceMemory a = VK_NULL_HANDLE, b = VK_NULL_HANDLE;
    VkSemaphore s = VK_NULL_HANDLE, t = VK_NULL_HANDLE;
    int fd = -1, sfd = -1;
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                           .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
    const VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = 2 * PAGE};
    VkResult r = vkAllocateMemory(k->device, &ai, NULL, &a);
    if (r == VK_SUCCESS) {
        const VkMemoryGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = a,
                                          .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
        r = k->vk.GetMemoryFdKHR(k->device, &get, &fd);
    }
    if (r == VK_SUCCESS) {
        r = ipc_import(k, 2 * PAGE, fd, NULL, &b);
        fd = r == VK_SUCCESS ? -1 : fd;
    }
    const VkExportSemaphoreCreateInfo sx = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                                            .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
    VkSemaphoreCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &sx};
    if (r == VK_SUCCESS) {
        r = vkCreateSemaphore(k->device, &sci, NULL, &s);
    }
    if (r == VK_SUCCESS) {
        const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = s,
                                             .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT};
        r = k->vk.GetSemaphoreFdKHR(k->device, &get, &sfd);
    }
    sci.pNext = NULL;
    if (r == VK_SUCCESS) {
        r = vkCreateSemaphore(k->device, &sci, NULL, &t);
    }
    if (r == VK_SUCCESS) {
        const VkImportSemaphoreFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = t,
                                                .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = sfd};
        r = k->vk.ImportSemaphoreFdKHR(k->device, &imp);
        sfd = r == VK_SUCCESS ? -1 : sfd;
    }
    const long left = countdown;
    countdown = 0;
    if (fd >= 0) {
        close(fd);
    }
    if (sfd >= 0) {
        close(sfd);
    }
    vkDestroySemaphore(k->device, s, NULL);
    vkDestroySemaphore(k->device, t, NULL);
    vkFreeMemory(k->device, a, NULL);
    vkFreeMemory(k->device, b, NULL);
    countdown = left;
    return r;
}

static void
s26_leaks(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    kit_messages_expected(k);
    CHECK_VK(k, cycle(k));
    const int fds = ipc_open_fds();
    const long maps = ipc_mappings(), n = ipc_count(2000, 100000);
    const double start = ipc_seconds();
    for (long i = 0; i < n; i++) {
        REQUIRE(k, cycle(k) == VK_SUCCESS, "cycle %ld", i);
    }
    printf("  %ld cycles, %.1f us each\n", n, (ipc_seconds() - start) / (double)n * 1e6);
    CHECK(k, ipc_open_fds() == fds && ipc_mappings() <= maps + 2, "%d descriptors, %ld mappings more", ipc_open_fds() - fds, ipc_mappings() - maps);
    long at = 1;
    for (;; at++) {
        countdown = at;
        const VkResult r = cycle(k);
        const bool reached = countdown == 0;
        countdown = 0;
        CHECK(k, r == VK_SUCCESS || r == VK_ERROR_OUT_OF_DEVICE_MEMORY || r == VK_ERROR_OUT_OF_HOST_MEMORY || r == VK_ERROR_TOO_MANY_OBJECTS ||
                     r == VK_ERROR_INVALID_EXTERNAL_HANDLE,
              "request %ld: %s", at, kit_result_name(r));
        REQUIRE(k, ipc_open_fds() == fds, "request %ld: %d descriptors leaked", at, ipc_open_fds() - fds);
        if (!reached) {
            break;
        }
    }
    CHECK(k, ipc_mappings() <= maps + 2, "%ld mappings leaked", ipc_mappings() - maps);
    printf("  %ld requests failed in turn\n", at - 1);
    CHECK(k, at > 15, "a test that tests little");
}

/* ---- 27, 28: limits of descriptors ---- */

static void
s27_few_descriptors(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    struct rlimit old, few;
    getrlimit(RLIMIT_NOFILE, &old);
    VkDeviceMemory m[64];
    uint32_t n = 0;
    few = old;
    few.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &few);
    VkResult r = VK_SUCCESS;
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .handleTypes = 1};
    VkMemoryAllocateInfo ai = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = PAGE};
    while (n < 64 && (r = vkAllocateMemory(k->device, &ai, NULL, &m[n])) == VK_SUCCESS) {
        n++;
    }
    CHECK(k, n > 10 && n < 64 && r == VK_ERROR_OUT_OF_DEVICE_MEMORY, "%u exports, then %s", n, kit_result_name(r));
    const VkMemoryGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .memory = m[0], .handleType = 1};
    int fd = 5;
    CHECK_RESULT(k, k->vk.GetMemoryFdKHR(k->device, &get, &fd), VK_ERROR_TOO_MANY_OBJECTS);
    CHECK(k, fd == -1, "descriptor %d", fd);
    ai.pNext = NULL;
    VkDeviceMemory *plain = kit_alloc(k, 4096 * sizeof(*plain));
    uint32_t p = 0;
    while (p < 4096 && vkAllocateMemory(k->device, &ai, NULL, &plain[p]) == VK_SUCCESS) {
        p++;
    }
    CHECK(k, p == 4096, "only %u allocations without descriptors", p);
    while (p) {
        vkFreeMemory(k->device, plain[--p], NULL);
    }
    while (n) {
        vkFreeMemory(k->device, m[--n], NULL);
    }
    setrlimit(RLIMIT_NOFILE, &old);
}

static void
s28_many_exports(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    enum { N = 4096 };
    struct rlimit old, many;
    getrlimit(RLIMIT_NOFILE, &old);
    many = old;
    many.rlim_cur = 2 * N;
    SKIP_UNLESS(k, old.rlim_max >= 2 * N && setrlimit(RLIMIT_NOFILE, &many) == 0, "the limit of descriptors cannot be raised to 8192");
    VkDeviceMemory *m = kit_alloc(k, N * sizeof(*m));
    for (uint32_t i = 0; i < N; i++) {
        m[i] = ipc_export(k, (i % 3 + 1) * PAGE, IPC_KHR);
    }
    for (uint32_t i = 0; i < N; i += 97) {
        struct stat st;
        const int fd = ipc_get_fd(k, m[i]);
        CHECK(k, fstat(fd, &st) == 0 && st.st_size == (off_t)((i % 3 + 1) * PAGE), "size %lld", (long long)st.st_size);
        close(fd);
    }
    CHECK(k, ipc_mappings() < 65000, "%ld mappings", ipc_mappings());
    for (uint32_t i = 0; i < N; i++) {
        vkFreeMemory(k->device, m[i], NULL);
    }
    setrlimit(RLIMIT_NOFILE, &old);
}

/* ---- 29: nothing survives exec ---- */

static int
lists_fds(void)
{
    int bad = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char path[64], link[256] = "";
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (readlink(path, link, sizeof(link) - 1) > 0 && (strstr(link, "pumice-") || strstr(link, "dmabuf"))) {
            fprintf(stderr, "inherited: %s\n", link);
            bad++;
        }
    }
    return bad != 0;
}

static void
s29_exec(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    const VkDeviceMemory m = ipc_export(k, PAGE, IPC_NV);
    const int fd = ipc_get_fd(k, m);
    const VkExportSemaphoreCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, .handleTypes = 1};
    const VkSemaphoreCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &ex};
    VkSemaphore sem;
    MUST(vkCreateSemaphore(k->device, &sci, NULL, &sem));
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = sem, .handleType = 1};
    int sfd;
    MUST(k->vk.GetSemaphoreFdKHR(k->device, &get, &sfd));
    struct ipc_peer peer = ipc_spawn("lists_fds");
    ipc_join(k, &peer);
    close(fd);
    close(sfd);
    vkDestroySemaphore(k->device, sem, NULL);
    vkFreeMemory(k->device, m, NULL);
}

/* ---- 31: a peer changes what steers the driver ---- */

#define STEER_B (64 * 1024)

static int
steerer(void)
{
    int fd;
    uint32_t seed = 4;
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        return 1;
    }
    volatile uint32_t *p = mmap(NULL, STEER_B, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ipc_meet(ipc_parent, 1);
    for (;;) { /* until killed. First page: arguments, kept small so that work ends; the rest: indices, anything */
        const uint32_t at = kit_random(&seed) % (STEER_B / 4);
        p[at] = at < PAGE / 4 ? kit_random(&seed) % 100 : kit_random(&seed);
        p[kit_random(&seed) % 16] = kit_random(&seed) % 40;
    }
}

static void
s31_hostile_payload(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    struct kit_target t;
    kit_target_rgba(k, &t, 64, 64);
    struct kit_graphics *g = kit_alloc(k, sizeof(*g));
    kit_graphics_init(k, g, &t, kit_layout(k, 0, NULL, 0), ipc_fan_vert, ipc_fan_vert_B, ipc_fan_frag, ipc_fan_frag_B);
    const VkPipeline pipe = kit_graphics_create(k, g);
    const VkDeviceMemory m = ipc_export(k, STEER_B, IPC_KHR);
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, m);
    const VkExternalMemoryBufferCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, .handleTypes = 1};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &ext, .size = STEER_B, .usage = KIT_BUFFER_ANY};
    VkBuffer buf;
    MUST(vkCreateBuffer(k->device, &bi, NULL, &buf));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, buf);
    MUST(vkBindBufferMemory(k->device, buf, m, 0));
    struct ipc_peer peer = ipc_spawn("steerer");
    const int fd = ipc_get_fd(k, m);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_meet(peer.sock, 1);
    const double end = ipc_seconds() + (double)ipc_count(2, 20);
    uint32_t n = 0;
    for (; ipc_seconds() < end; n++) {
        VkCommandBuffer cmd = kit_begin(k);
        kit_target_begin(cmd, &t);
        vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, pipe);
        for (uint32_t type = 0; type < 2; type++) {
            vkCmdBindIndexBuffer(cmd, buf, PAGE, type ? VK_INDEX_TYPE_UINT32 : VK_INDEX_TYPE_UINT16);
            vkCmdDrawIndexedIndirect(cmd, buf, 0, 3, 20);
            vkCmdDrawIndirect(cmd, buf, 16, 2, 16);
            if (k->vk.CmdDrawIndexedIndirectCount) {
                k->vk.CmdDrawIndexedIndirectCount(cmd, buf, 0, buf, 4, 8, 20);
            }
        }
        vkCmdEndRenderPass(cmd);
        kit_submit(k, cmd);
    }
    ipc_kill(&peer);
    printf("  %u frames\n", n);
}

/* ---- 33: a memory limit ---- */

static void
small_group(struct kit *k)
{
    const VkExportMemoryAllocateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, .handleTypes = 1};
    const VkMemoryAllocateInfo big = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &ex, .allocationSize = UINT64_C(1) << 30};
    VkDeviceMemory m;
    CHECK_RESULT(k, vkAllocateMemory(k->device, &big, NULL, &m), VK_ERROR_OUT_OF_DEVICE_MEMORY);
    const VkDeviceMemory small = ipc_export(k, 1 << 20, IPC_KHR);
    vkFreeMemory(k->device, small, NULL);
}

static bool
write_to(const char *folder, const char *file, const char *text)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    const int f = open(path, O_WRONLY | O_CLOEXEC);
    const bool ok = f >= 0 && write(f, text, strlen(text)) == (ssize_t)strlen(text);
    if (f >= 0) {
        close(f);
    }
    return ok;
}

static void
s33_memory_limit(struct kit *k)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory"}; /* version 2, version 1 */
    static const char *const limits[] = {"memory.max", "memory.limit_in_bytes"};
    bool played = false;
    for (int v = 0; v < 2 && !played; v++) {
        char group[96], procs[128];
        snprintf(group, sizeof(group), "%s/pumice-test-%d", roots[v], (int)getpid());
        if (mkdir(group, 0755) != 0) {
            continue;
        }
        played = write_to(group, limits[v], "268435456");
        if (played) {
            snprintf(procs, sizeof(procs), "%s/cgroup.procs", group);
            setenv("IPC_JOIN_GROUP", procs, 1);
            struct ipc_peer peer = ipc_spawn("small_group");
            unsetenv("IPC_JOIN_GROUP");
            ipc_join(k, &peer);
        }
        rmdir(group);
    }
    SKIP_UNLESS(k, played, "no control group can be made with a limit of memory");
}

/* ---- 34: kernels that have less ---- */

static void
deny(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 8, 0, 3), /* NOEXEC_SEAL */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 449, 0, 1), /* futex_waitv */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog prog = {ARRAY_LEN(code), code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0) {
        kit_die("seccomp: %s", strerror(errno));
    }
}

struct signaller {
    struct kit *k;
    VkSemaphore sem;
};

static void *
signal_soon(void *arg)
{
    const struct signaller *s = arg;
    usleep(20000);
    const VkSemaphoreSignalInfo si = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = s->sem, .value = 3};
    s->k->vk.SignalSemaphore(s->k->device, &si);
    return NULL;
}

/* Modes 3 and 4: ipc_main has put us where vm.memfd_noexec is 1 or 2. */
static void
check_noexec(struct kit *k, int mode)
{
    const int bare = memfd_create("bare", MFD_CLOEXEC), exec = memfd_create("exec", MFD_CLOEXEC | MFD_EXEC);
    CHECK(k, bare >= 0 && (fcntl(bare, F_GET_SEALS) & F_SEAL_EXEC), "vm.memfd_noexec is 0: seals 0x%x", (unsigned)fcntl(bare, F_GET_SEALS));
    CHECK(k, (exec >= 0) == (mode == 3), "vm.memfd_noexec is not %d", mode - 2);
    close(bare);
    if (exec >= 0) {
        close(exec);
    }
}

static void
degraded(struct kit *k)
{
    int mode;
    ipc_recv(ipc_parent, &mode, sizeof(mode), NULL);
    if (mode == 1) {
        deny();
    } else if (mode > 2) {
        check_noexec(k, mode);
    } else if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
        puts("  no right to hide /proc");
        return;
    }
    const VkDeviceMemory m = ipc_export(k, 2 * PAGE, IPC_NV);
    VkDeviceMemory m2;
    CHECK_VK(k, ipc_import(k, 2 * PAGE, ipc_get_fd(k, m), NULL, &m2));
    vkFreeMemory(k->device, m2, NULL);
    vkFreeMemory(k->device, m, NULL);
    const VkExportSemaphoreCreateInfo ex = {.sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, .handleTypes = 1};
    const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .pNext = &ex, .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo sci = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkSemaphore a, b;
    MUST(vkCreateSemaphore(k->device, &sci, NULL, &a));
    MUST(vkCreateSemaphore(k->device, &sci, NULL, &b));
    const VkSemaphoreGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = a, .handleType = 1};
    VkImportSemaphoreFdInfoKHR imp = {.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = b, .handleType = 1};
    CHECK_VK(k, k->vk.GetSemaphoreFdKHR(k->device, &get, &imp.fd));
    CHECK_VK(k, k->vk.ImportSemaphoreFdKHR(k->device, &imp));
    struct signaller s = {k, a};
    pthread_t thread;
    pthread_create(&thread, NULL, signal_soon, &s);
    const uint64_t value = 3, never = 9;
    VkSemaphoreWaitInfo wi = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &b, .pValues = &value};
    CHECK_VK(k, k->vk.WaitSemaphores(k->device, &wi, UINT64_C(5000000000)));
    pthread_join(thread, NULL);
    wi.pValues = &never;
    const double start = ipc_seconds();
    CHECK_RESULT(k, k->vk.WaitSemaphores(k->device, &wi, UINT64_C(120000000)), VK_TIMEOUT);
    CHECK(k, ipc_seconds() - start >= 0.119 && ipc_seconds() - start < 0.5, "timeout after %.3f s", ipc_seconds() - start);
    vkDestroySemaphore(k->device, a, NULL);
    vkDestroySemaphore(k->device, b, NULL);
    if (mode == 2) {
        CHECK(k, umount("/proc") == 0, "umount: %s", strerror(errno)); /* the leak checker looks there at the end */
    }
}

static void
s34_less_kernel(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    for (int mode = 1; mode <= 2; mode++) {
        struct ipc_peer peer = ipc_spawn("degraded");
        ipc_send(peer.sock, &mode, sizeof(mode), -1);
        ipc_join(k, &peer);
    }
}

static void
s34_memfd_noexec(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    for (int scope = 1; scope <= 2; scope++) {
        char text[4];
        snprintf(text, sizeof(text), "%d", scope);
        setenv("IPC_MEMFD_NOEXEC", text, 1);
        struct ipc_peer peer = ipc_spawn("degraded");
        unsetenv("IPC_MEMFD_NOEXEC");
        const int mode = 2 + scope;
        ipc_send(peer.sock, &mode, sizeof(mode), -1);
        SKIP_UNLESS(k, ipc_join_or_skip(k, &peer), "vm.memfd_noexec cannot be set: no right to a PID namespace, or Linux before 6.3");
    }
}

static const struct kit_case cases[] = {
    {"s21_vandal", s21_vandal},                   {"s22_unsealed", s22_unsealed},
    {"s23_wrong_size", s23_wrong_size},           {"s24_foreign", s24_foreign},       {"s26_leaks", s26_leaks},
    {"s27_few_descriptors", s27_few_descriptors}, {"s28_many_exports", s28_many_exports}, {"s29_exec", s29_exec},
    {"s31_hostile_payload", s31_hostile_payload}, {"s33_memory_limit", s33_memory_limit}, {"s34_less_kernel", s34_less_kernel},
    {"s34_memfd_noexec", s34_memfd_noexec},
};
static const struct ipc_role roles[] = {
    {"vandal", NULL, vandal}, {"lists_fds", NULL, lists_fds}, {"steerer", NULL, steerer},
    {"small_group", small_group, NULL},           {"degraded", degraded, NULL},
};
IPC_MAIN(cases, roles)
