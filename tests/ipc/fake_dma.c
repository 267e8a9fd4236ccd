/* Stands in for /dev/udmabuf or /dev/dma_heap/system on machines that have neither: preloaded, FAKE_DMA=udmabuf, heap, or denied: a
 * /dev/udmabuf that refuses everything. A dma-buf is a memory file whose description has O_NONBLOCK set, which travels with the
 * descriptor; a sync file is an eventfd, signalled when it is not 0, with error -EIO when it is above 1. The kernel's conditions are checked. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/sync_file.h>
#include <linux/udmabuf.h>

#ifndef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
struct dma_buf_export_sync_file {
    __u32 flags;
    __s32 fd;
};
#define DMA_BUF_IOCTL_EXPORT_SYNC_FILE _IOWR(DMA_BUF_BASE, 2, struct dma_buf_export_sync_file)
#endif

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
        const int wanted = kind && (strcmp(kind, udmabuf ? "udmabuf" : "heap") == 0 || (udmabuf && strcmp(kind, "denied") == 0));
        if (!wanted || !(flags & O_CLOEXEC)) { /* no descriptor of ours survives exec */
            errno = wanted ? EINVAL : ENOENT;
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
is_sync_file(int fd)
{
    char path[64], name[64] = "";
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return readlink(path, name, sizeof(name) - 1) > 0 && strstr(name, "eventfd");
}

static int
sync_file_status(int fd)
{
    char path[64], line[128];
    int status = 0;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f)) {
        unsigned long long count;
        if (sscanf(line, "eventfd-count: %llx", &count) == 1) {
            status = count > 1 ? -EIO : (int)count;
        }
    }
    if (f) {
        fclose(f);
    }
    return status;
}

static int
create(const struct udmabuf_create *c)
{
    if (strcmp(getenv("FAKE_DMA"), "denied") == 0) {
        errno = EPERM;
        return -1;
    }
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
    if (op == DMA_BUF_IOCTL_EXPORT_SYNC_FILE && is_dma_buf(fd)) {
        struct dma_buf_export_sync_file *e = arg;
        e->fd = (e->flags & DMA_BUF_SYNC_RW) && !(e->flags & ~(uint32_t)DMA_BUF_SYNC_RW) ? eventfd(1, EFD_CLOEXEC) : -1;
        return e->fd >= 0 ? 0 : -1;
    }
    if (op == SYNC_IOC_FILE_INFO && is_sync_file(fd)) {
        ((struct sync_file_info *)arg)->status = sync_file_status(fd);
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
