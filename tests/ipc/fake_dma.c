/* Stands in for /dev/udmabuf or /dev/dma_heap/system on machines that have neither: preloaded, FAKE_DMA=udmabuf or heap. A dma-buf is a
 * memory file whose description has O_NONBLOCK set, which travels with the descriptor. The kernel's conditions are checked. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT uint32_t fake_dma_begins, fake_dma_ends; /* atomic */
static int device = -1;

static int
is_dma_buf(int fd)
{
    struct stat st;
    const long flags = syscall(SYS_fcntl, fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

EXPORT int
open(const char *path, int flags, ...)
{
    va_list va;
    va_start(va, flags);
    const mode_t mode = va_arg(va, mode_t);
    va_end(va);
    const char *kind = getenv("FAKE_DMA");
    const int udmabuf = strcmp(path, "/dev/udmabuf") == 0, heap = strcmp(path, "/dev/dma_heap/system") == 0;
    if (udmabuf || heap) {
        if (!kind || strcmp(kind, udmabuf ? "udmabuf" : "heap") != 0) {
            errno = ENOENT;
            return -1;
        }
        return device = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static int
as_dma_buf(int memfd, int cloexec)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK | (cloexec ? O_CLOEXEC : 0));
}

static int
create(const struct udmabuf_create *c)
{
    const long seals = syscall(SYS_fcntl, (int)c->memfd, F_GET_SEALS);
    if (seals < 0) {
        errno = EBADFD;
        return -1;
    }
    if (!(seals & F_SEAL_SHRINK) || (seals & (F_SEAL_WRITE | 0x10)) || c->offset % 4096 || c->size % 4096 || c->size == 0 ||
        c->size > (uint64_t)64 << 20) {
        errno = EINVAL;
        return -1;
    }
    return as_dma_buf((int)c->memfd, c->flags & UDMABUF_FLAGS_CLOEXEC);
}

EXPORT int
ioctl(int fd, unsigned long op, ...)
{
    va_list va;
    va_start(va, op);
    void *arg = va_arg(va, void *);
    va_end(va);
    if (fd == device && fd >= 0 && op == UDMABUF_CREATE) {
        return create(arg);
    }
    if (fd == device && fd >= 0 && op == DMA_HEAP_IOCTL_ALLOC) {
        struct dma_heap_allocation_data *d = arg;
        const int memfd = (int)syscall(SYS_memfd_create, "heap", MFD_CLOEXEC);
        if (memfd < 0 || ftruncate(memfd, (off_t)((d->len + 4095) / 4096 * 4096)) != 0) {
            return -1;
        }
        d->fd = (uint32_t)as_dma_buf(memfd, d->fd_flags & O_CLOEXEC);
        close(memfd);
        return 0;
    }
    if (op == DMA_BUF_IOCTL_SYNC && is_dma_buf(fd)) {
        const struct dma_buf_sync *s = arg;
        static uint32_t calls;
        if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % 5 == 0) { /* now and then the kernel is interrupted */
            errno = EINTR;
            return -1;
        }
        __atomic_fetch_add(s->flags & DMA_BUF_SYNC_END ? &fake_dma_ends : &fake_dma_begins, 1, __ATOMIC_RELAXED);
        return 0;
    }
    return (int)syscall(SYS_ioctl, fd, op, arg);
}

EXPORT int
fcntl(int fd, int op, ...)
{
    va_list va;
    va_start(va, op);
    void *arg = va_arg(va, void *);
    va_end(va);
    if ((op == F_GET_SEALS || op == F_ADD_SEALS) && is_dma_buf(fd)) {
        errno = EINVAL;
        return -1;
    }
    const long r = syscall(SYS_fcntl, fd, op, arg);
    return (int)(op == F_GETFL && r >= 0 && is_dma_buf(fd) ? r & ~(long)O_NONBLOCK : r);
}

EXPORT int
fstatfs(int fd, struct statfs *fs)
{
    const int r = (int)syscall(SYS_fstatfs, fd, fs);
    if (r == 0 && is_dma_buf(fd)) {
        fs->f_type = DMA_BUF_MAGIC;
    }
    return r;
}
