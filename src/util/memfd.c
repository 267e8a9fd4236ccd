#include "util/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#ifndef MFD_NOEXEC_SEAL /* Linux 6.3 */
#define MFD_NOEXEC_SEAL 0x0008u
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int
pum_memfd_create(const char *name, uint64_t size_B)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (fd < 0) {
        return -1;
    }
    if (size_B > INT64_MAX || ftruncate(fd, (off_t)size_B) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        const int error = size_B > INT64_MAX ? EFBIG : errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool
has_size(int fd, uint64_t size_B)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 && (uint64_t)st.st_size == size_B;
}

const char *
pum_fd_check(int fd)
{
    const int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;
    if (flags < 0) {
        return "not an open descriptor";
    }
    if ((flags & O_ACCMODE) != O_RDWR || (flags & O_PATH)) {
        return "not open for reading and writing";
    }
    return NULL;
}

const char *
pum_memfd_check(int fd, uint64_t size_B)
{
    const char *wrong = pum_fd_check(fd);
    if (wrong) {
        return wrong;
    }
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return "not a memory file";
    }
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) {
        return "not a memory file";
    }
    if (!has_size(fd, size_B)) { /* before a seal is added: a file that is not for us stays as it is */
        return "another size";
    }
    if (!(seals & F_SEAL_SHRINK) && !(seals & F_SEAL_SEAL)) {
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
            return "cannot be sealed against shrinking";
        }
        seals = fcntl(fd, F_GET_SEALS);
    }
    if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
        return "may shrink";
    }
    if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
        return "sealed against writing";
    }
    if (!has_size(fd, size_B)) { /* only now the size is certain: a peer may have truncated before the seal */
        return "another size";
    }
    /* Pages of hugetlbfs may be missing when they are touched after a peer has punched a hole: only tmpfs never faults. */
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0 || fs.f_type != TMPFS_MAGIC) {
        return "not on tmpfs";
    }
    return NULL;
}

int
pum_memfd_reopen(int fd)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDWR | O_CLOEXEC);
}

int
pum_fd_dup(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}
