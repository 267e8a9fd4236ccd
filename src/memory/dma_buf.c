#include "memory/dma_buf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <linux/udmabuf.h>

#include "util/log.h"
#include "util/memfd.h"

#ifndef DMA_BUF_IOCTL_EXPORT_SYNC_FILE /* Linux 6.0 */
struct dma_buf_export_sync_file {
    __u32 flags;
    __s32 fd;
};
#define DMA_BUF_IOCTL_EXPORT_SYNC_FILE _IOWR(DMA_BUF_BASE, 2, struct dma_buf_export_sync_file)
#endif

#define FOREIGN_WORK_TIMEOUT_MS 5000 /* a peer that never finishes must not stop us for good */

static pthread_once_t probed = PTHREAD_ONCE_INIT;
static enum pum_dma_source source;
static int device = -1; /* /dev/udmabuf or a heap; stays open */

int
pum_dma_buf_from_memfd(int memfd, uint64_t size_B)
{
    struct udmabuf_create create = {.memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC, .size = size_B};
    return ioctl(device, UDMABUF_CREATE, &create);
}

int
pum_dma_buf_from_heap(uint64_t size_B)
{
    struct dma_heap_allocation_data data = {.len = size_B, .fd_flags = O_RDWR | O_CLOEXEC};
    return ioctl(device, DMA_HEAP_IOCTL_ALLOC, &data) == 0 ? (int)data.fd : -1;
}

static int
page_from_memfd(void)
{
    const int memfd = pum_memfd_create("pumice-mem:v1", 4096);
    const int fd = memfd >= 0 ? pum_dma_buf_from_memfd(memfd, 4096) : -1;
    if (memfd >= 0) {
        close(memfd);
    }
    return fd;
}

/* A device node that exists may still refuse: only a buffer of one page proves that it works. */
static void
probe(void)
{
    device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    if (device >= 0) {
        const int fd = page_from_memfd();
        if (fd >= 0) {
            close(fd);
            source = PUM_DMA_UDMABUF;
            return;
        }
        close(device);
    }
    device = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
    if (device >= 0) {
        const int fd = pum_dma_buf_from_heap(4096);
        if (fd >= 0) {
            close(fd);
            source = PUM_DMA_HEAP;
            return;
        }
        close(device);
        device = -1;
    }
}

enum pum_dma_source
pum_dma_source(void)
{
    pthread_once(&probed, probe);
    return source;
}

int
pum_dma_stub_sync_file(void)
{
    const enum pum_dma_source from = pum_dma_source();
    const int page = from == PUM_DMA_UDMABUF ? page_from_memfd() : from == PUM_DMA_HEAP ? pum_dma_buf_from_heap(4096) : -1;
    if (page < 0) {
        errno = from == PUM_DMA_NONE ? ENODEV : errno;
        return -1;
    }
    struct dma_buf_export_sync_file stub = {.flags = DMA_BUF_SYNC_RW, .fd = -1};
    const int r = ioctl(page, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &stub);
    const int error = errno;
    close(page);
    errno = error;
    return r == 0 ? stub.fd : -1;
}

const char *
pum_dma_buf_check(int fd, uint64_t size_B)
{
    const char *wrong = pum_fd_check(fd);
    if (wrong) {
        return wrong;
    }
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0 || fs.f_type != DMA_BUF_MAGIC) {
        return "not a dma-buf";
    }
    const off_t end_B = lseek(fd, 0, SEEK_END); /* a dma-buf has no position: only asks for the size */
    if (end_B < 0 || (uint64_t)end_B < size_B) {
        return "too small";
    }
    return NULL;
}

void
pum_dma_buf_sync(int fd, bool begin)
{
    if (begin) {
        struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
        if (poll(&p, 1, FOREIGN_WORK_TIMEOUT_MS) == 0) {
            pum_log(PUM_LOG_WARN, "dma-buf %d: the work of another device has not ended in time", fd);
            return;
        }
    }
    const struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_RW | (begin ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END)};
    int r;
    do {
        r = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
    } while (r != 0 && (errno == EINTR || errno == EAGAIN));
    if (r != 0) {
        pum_log(PUM_LOG_WARN, "dma-buf %d: sync failed, error %d", fd, errno);
    }
}
