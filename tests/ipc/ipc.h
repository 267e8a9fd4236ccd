/* Tests with two real processes: the program starts itself again with --role=NAME and a socket; descriptors travel as SCM_RIGHTS. Each side
 * is a case of the client kit or a plain function without Vulkan. A watchdog ends both sides.
 *
 * Cases are named by the scenario they play (s01 ...). With PUMICE_TEST_FULL=1 loops are as long as the scenario says. A role finds itself in
 * the control group whose file IPC_JOIN_GROUP names, and where vm.memfd_noexec is IPC_MEMFD_NOEXEC. */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include "kit.h"

#include <sys/types.h>

struct ipc_role {
    const char *name;
    void (*vulkan)(struct kit *k);
    int (*plain)(void); /* exit code; without Vulkan */
};

int ipc_main(int argc, char **argv, const struct kit_case *cases, size_t n, const struct ipc_role *roles, size_t n_roles);
#define IPC_MAIN(cases, roles)                                                                                         \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return ipc_main(argc, argv, cases, ARRAY_LEN(cases), roles, ARRAY_LEN(roles));                                 \
    }

extern int ipc_parent; /* in a role: the socket to who started it */

struct ipc_peer {
    pid_t pid;
    int sock;
};
struct ipc_peer ipc_spawn(const char *role);
/* Closes the socket and waits; CHECKs that the peer ended well. */
void ipc_join(struct kit *k, struct ipc_peer *peer);
bool ipc_join_or_skip(struct kit *k, struct ipc_peer *peer); /* false: it could not play its role (77) */
void ipc_kill(struct ipc_peer *peer); /* SIGKILL, waits */

/* fd -1 = none; it stays the caller's. */
void ipc_send(int sock, const void *data, size_t n, int fd);
/* False when the other side is gone. *fd: -1 if none came; may be NULL. */
bool ipc_recv(int sock, void *data, size_t n, int *fd);
/* Both sides meet; the number says where, and must agree. */
void ipc_meet(int sock, int step);

long ipc_count(long quick, long full);
int ipc_open_fds(void);
long ipc_mappings(void);
double ipc_seconds(void);
double ipc_cpu_seconds(void);

/* ---- memory ---- */

enum ipc_spelling { IPC_NV, IPC_KHR, IPC_NONE };

struct ipc_image {
    VkImage image;
    VkDeviceMemory memory;
    VkDeviceSize size_B;
    VkImageCreateInfo info;
    VkImageView view;
};
/* An image whose memory leaves (import_fd -1) or comes in; owned by the case. Aspects and view: colour. */
struct ipc_image ipc_image(struct kit *k, VkImageCreateInfo info, enum ipc_spelling how, int import_fd);
VkResult ipc_import(struct kit *k, VkDeviceSize size_B, int fd, const void *next, VkDeviceMemory *memory);
VkDeviceMemory ipc_export(struct kit *k, VkDeviceSize size_B, enum ipc_spelling how);
int ipc_get_fd(struct kit *k, VkDeviceMemory memory);
/* Maps all of a file for reading and writing, closes the descriptor. */
uint8_t *ipc_map(int fd, uint64_t *size_B);
void ipc_image_barrier(VkCommandBuffer cmd, VkImage image, VkImageLayout from, VkImageLayout to, uint32_t src_family, uint32_t dst_family);
VkImageCreateInfo ipc_rgba(uint32_t width, uint32_t height);

/* Draws a fan of three vertices over an image of RGBA8 that stays in GENERAL; what is there stays around it. */
struct ipc_fan {
    VkRenderPass pass;
    VkFramebuffer framebuffer;
    VkPipeline pipe;
    uint32_t width, height;
};
struct ipc_fan ipc_fan(struct kit *k, const VkImageCreateInfo *info, VkImageView view);
void ipc_fan_draw(VkCommandBuffer cmd, const struct ipc_fan *fan, uint32_t times);
extern const uint32_t ipc_fan_vert[], ipc_fan_frag[];
extern const size_t ipc_fan_vert_B, ipc_fan_frag_B;

/* ---- semaphores ---- */

VkSemaphore ipc_semaphore(struct kit *k, bool timeline, VkExternalSemaphoreHandleTypeFlags export);
int ipc_semaphore_fd(struct kit *k, VkSemaphore sem); /* OPAQUE_FD */
VkResult ipc_semaphore_import(struct kit *k, VkSemaphore sem, VkExternalSemaphoreHandleTypeFlagBits type, VkSemaphoreImportFlags flags, int fd);
/* Receives a descriptor from who started us and imports it for good. */
VkSemaphore ipc_semaphore_received(struct kit *k, bool timeline);
/* cmd, wait, signal and fence may be NULL; binary semaphores ignore the values. */
void ipc_submit(struct kit *k, VkQueue queue, VkCommandBuffer cmd, VkSemaphore wait, uint64_t wait_value, VkSemaphore signal, uint64_t signal_value,
                VkFence fence);
VkResult ipc_host_wait(struct kit *k, VkSemaphore sem, uint64_t value, uint64_t timeout_ns);
void ipc_host_signal(struct kit *k, VkSemaphore sem, uint64_t value);
bool ipc_done_in(struct kit *k, VkFence fence, uint64_t timeout_ns);
#define IPC_SECOND UINT64_C(1000000000)

/* The published layout, written again from its description: offset of a texel (block) of a one-plane image. */
uint64_t ipc_texel_offset(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t block_w, uint32_t block_h, uint32_t level, uint32_t layer,
                          uint32_t x, uint32_t y, uint32_t z);
uint64_t ipc_layout_size(const VkImageCreateInfo *info, uint32_t texel_B, uint32_t block_w, uint32_t block_h);

#endif
