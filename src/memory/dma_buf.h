/* Dma-bufs: made of memory files by /dev/udmabuf, or else by /dev/dma_heap/system; taken from whoever made them. No Vulkan objects. */
#ifndef PUM_MEMORY_DMA_BUF_H
#define PUM_MEMORY_DMA_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "util/compiler.h"

enum pum_dma_source {
    PUM_DMA_NONE,    /* import only */
    PUM_DMA_UDMABUF, /* a dma-buf is another handle of a memory file */
    PUM_DMA_HEAP,    /* a dma-buf is a memory of its own */
};

/* What this machine has; probed once. */
enum pum_dma_source pum_dma_source(void);
/* Of the whole memory file, for PUM_DMA_UDMABUF. -1 with errno. */
int pum_dma_buf_from_memfd(int memfd, uint64_t size_B) PUM_MUST_CHECK;
/* For PUM_DMA_HEAP. -1 with errno. */
int pum_dma_buf_from_heap(uint64_t size_B) PUM_MUST_CHECK;
/* NULL if `fd` is a dma-buf of at least size_B, open for reading and writing; else what is wrong. */
const char *pum_dma_buf_check(int fd, uint64_t size_B) PUM_MUST_CHECK;
/* A sync file that is signalled already, as the kernel gives for a dma-buf that nobody works on. -1 with errno. */
int pum_dma_stub_sync_file(void) PUM_MUST_CHECK;
/* Begins or ends access by the CPU. Begin waits for the work of others that the buffer knows of, but not for ever. */
void pum_dma_buf_sync(int fd, bool begin);

#endif
