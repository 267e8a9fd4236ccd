/* One memory under several names, and whose it is: aliases in one process and in two, transfers of ownership. */
#include "ipc.h"

#include <unistd.h>

static bool
can_share(struct kit *k)
{
    if (!kit_has(k, "VK_NV_external_memory") || !kit_has(k, "VK_KHR_external_memory_fd")) {
        kit_skip(k, "needs VK_NV_external_memory and VK_KHR_external_memory_fd");
        return false;
    }
    return true;
}

/* ---- 8: aliases ---- */

/* Inverts the bytes that it is told to. */
static int
inverter(void)
{
    int fd;
    uint64_t range[2], size_B;
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        return 1;
    }
    uint8_t *p = ipc_map(fd, &size_B);
    while (ipc_recv(ipc_parent, range, sizeof(range), NULL)) {
        for (uint64_t i = range[0]; i < range[0] + range[1] && i < size_B; i++) {
            p[i] = (uint8_t)~p[i];
        }
        ipc_meet(ipc_parent, 1);
    }
    return 0;
}

static void
s08_aliases(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    enum { W = 37, H = 21 };
    VkImageCreateInfo info = ipc_rgba(W, H);
    info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, .handleTypes = 1};
    info.pNext = &ext;
    const uint64_t step = ipc_layout_size(&info, 4, 1, 1), total = 3 * step;
    const VkDeviceMemory owner = ipc_export(k, total, IPC_KHR);
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, owner);
    VkDeviceMemory guest;
    REQUIRE(k, ipc_import(k, total, ipc_get_fd(k, owner), NULL, &guest) == VK_SUCCESS, "import");
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, guest);
    struct kit_image img[3] = {0}; /* 0, 1: of the owner, side by side; 2: of the import, over number 1 */
    for (int i = 0; i < 3; i++) {
        img[i].info = info;
        img[i].aspects = VK_IMAGE_ASPECT_COLOR_BIT;
        MUST(vkCreateImage(k->device, &info, NULL, &img[i].image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, img[i].image);
        MUST(vkBindImageMemory(k->device, img[i].image, i == 2 ? guest : owner, (i ? 1 : 0) * step));
    }
    const VkExternalMemoryBufferCreateInfo bext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, .handleTypes = 1};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &bext, .size = total,
                                   .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer all;
    MUST(vkCreateBuffer(k->device, &bi, NULL, &all));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, all);
    MUST(vkBindBufferMemory(k->device, all, guest, 0));
    VkCommandBuffer cmd = kit_begin(k);
    for (int i = 0; i < 3; i++) {
        ipc_image_barrier(cmd, img[i].image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    }
    vkCmdFillBuffer(cmd, all, 0, step, 0x11223344);
    vkCmdFillBuffer(cmd, all, step, step, 0x55667788);
    kit_submit(k, cmd);
    struct ipc_peer peer = ipc_spawn("inverter");
    const int fd = ipc_get_fd(k, owner);
    ipc_send(peer.sock, NULL, 0, fd);
    close(fd);
    ipc_send(peer.sock, (uint64_t[]){step, step}, 16, -1);
    ipc_meet(peer.sock, 1);
    for (int i = 0; i < 3; i++) {
        const uint32_t *got = kit_read(k, &img[i], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want = i ? ~0x55667788u : 0x11223344u;
        for (int t = 0; t < W * H; t++) {
            REQUIRE(k, got[t] == want, "image %d, texel %d: 0x%08x", i, t, got[t]);
        }
    }
    ipc_join(k, &peer);
}

/* Two processes, each with two images and a buffer of its own over the same memory, ordered by a semaphore only. */
#define ALIAS_W 45
#define ALIAS_H 19
#define ALIAS_ROUNDS 40u

struct aliases {
    struct kit_image img[2]; /* side by side */
    VkBuffer all;
    uint64_t step_B;
};

static struct aliases
aliases_of(struct kit *k, int import_fd, VkDeviceMemory *memory)
{
    struct aliases a = {0};
    VkImageCreateInfo info = ipc_rgba(ALIAS_W, ALIAS_H);
    info.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    const VkExternalMemoryImageCreateInfo ext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, .handleTypes = 1};
    info.pNext = &ext;
    a.step_B = ipc_layout_size(&info, 4, 1, 1);
    if (import_fd >= 0) {
        MUST(ipc_import(k, 2 * a.step_B, import_fd, NULL, memory));
    } else {
        *memory = ipc_export(k, 2 * a.step_B, IPC_KHR);
    }
    KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, *memory);
    VkCommandBuffer cmd = kit_begin(k);
    for (int i = 0; i < 2; i++) {
        a.img[i].info = info;
        a.img[i].aspects = VK_IMAGE_ASPECT_COLOR_BIT;
        MUST(vkCreateImage(k->device, &info, NULL, &a.img[i].image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, a.img[i].image);
        MUST(vkBindImageMemory(k->device, a.img[i].image, *memory, (unsigned)i * a.step_B));
        ipc_image_barrier(cmd, a.img[i].image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    }
    kit_submit(k, cmd);
    const VkExternalMemoryBufferCreateInfo bext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, .handleTypes = 1};
    const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &bext, .size = 2 * a.step_B,
                                   .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    MUST(vkCreateBuffer(k->device, &bi, NULL, &a.all));
    KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, a.all);
    MUST(vkBindBufferMemory(k->device, a.all, *memory, 0));
    return a;
}

/* Takes what the other side cleared the first image to, through the buffer, and puts it into the second image, through an image. */
static void
alias_peer(struct kit *k)
{
    int fd;
    VkDeviceMemory memory;
    if (!ipc_recv(ipc_parent, NULL, 0, &fd)) {
        kit_die("no memory");
    }
    const struct aliases a = aliases_of(k, fd, &memory);
    const VkSemaphore line = ipc_semaphore_received(k, true);
    const struct kit_buffer between = kit_buffer(k, a.step_B, NULL);
    VkCommandBuffer cmd = kit_begin(k);
    const VkBufferCopy copy = {.size = a.step_B};
    vkCmdCopyBuffer(cmd, a.all, between.buffer, 1, &copy);
    kit_barrier(cmd);
    const VkBufferImageCopy back = {.bufferRowLength = (uint32_t)(ipc_texel_offset(&a.img[1].info, 4, 1, 1, 0, 0, 0, 1, 0) / 4),
                                    .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1}, .imageExtent = {ALIAS_W, ALIAS_H, 1}};
    vkCmdCopyBufferToImage(cmd, between.buffer, a.img[1].image, VK_IMAGE_LAYOUT_GENERAL, 1, &back);
    MUST(vkEndCommandBuffer(cmd));
    ipc_meet(ipc_parent, 1);
    for (uint64_t r = 0; r < ALIAS_ROUNDS; r++) {
        ipc_submit(k, k->queue, cmd, line, 2 * r + 1, line, 2 * r + 2, VK_NULL_HANDLE);
        MUST(ipc_host_wait(k, line, 2 * r + 2, 20 * IPC_SECOND));
        MUST(vkQueueWaitIdle(k->queue));
    }
    ipc_meet(ipc_parent, 2);
}

static void
s08_two_processes(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    SKIP_UNLESS(k, k->vk.GetSemaphoreFdKHR && k->vk.WaitSemaphores, "needs timelines and VK_KHR_external_semaphore_fd");
    VkDeviceMemory memory;
    const struct aliases a = aliases_of(k, -1, &memory);
    const VkSemaphore line = ipc_semaphore(k, true, VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
    struct ipc_peer peer = ipc_spawn("alias_peer");
    const int fds[2] = {ipc_get_fd(k, memory), ipc_semaphore_fd(k, line)};
    for (int i = 0; i < 2; i++) {
        ipc_send(peer.sock, NULL, 0, fds[i]);
        close(fds[i]);
    }
    ipc_meet(peer.sock, 1);
    for (uint32_t r = 0; r < ALIAS_ROUNDS; r++) {
        VkCommandBuffer cmd = kit_begin(k);
        const VkClearColorValue color = {.float32 = {(float)r / 255.0f, (float)(r * 5 % 256) / 255.0f, 0.2f, 1}};
        const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        vkCmdClearColorImage(cmd, a.img[0].image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &range);
        MUST(vkEndCommandBuffer(cmd));
        ipc_submit(k, k->queue, cmd, line, 2 * (uint64_t)r, line, 2 * (uint64_t)r + 1, VK_NULL_HANDLE);
        REQUIRE(k, ipc_host_wait(k, line, 2 * (uint64_t)r + 2, 20 * IPC_SECOND) == VK_SUCCESS, "round %u does not come back", r);
        const uint8_t *got = kit_read(k, &a.img[1], VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), want[4] = {(uint8_t)r, (uint8_t)(r * 5 % 256), 51, 255};
        for (int t = 0; t < ALIAS_W * ALIAS_H; t++) {
            REQUIRE(k, memcmp(got + 4 * t, want, 4) == 0, "round %u, texel %d: %u %u %u %u", r, t, got[4 * t], got[4 * t + 1], got[4 * t + 2],
                    got[4 * t + 3]);
        }
    }
    ipc_meet(peer.sock, 2);
    ipc_join(k, &peer);
}

/* ---- 9: owners ---- */

enum { UNMODIFIED_ABSENT, UNMODIFIED_FALSE, UNMODIFIED_TRUE, UNMODIFIED_KINDS };

struct transfer {
    uint32_t owner;        /* outside: EXTERNAL or FOREIGN */
    bool concurrent;       /* inside: IGNORED, not a family */
    bool sync2;
    bool none;             /* no barrier at all: only that the work has ended */
    int unmodified;
    VkImageLayout inside;
    VkImage image;
    VkBuffer buffer;
};

/* One half of a transfer of both resources. */
static void
barriers(struct kit *k, VkCommandBuffer cmd, const struct transfer *t, bool acquire)
{
    const VkExternalMemoryAcquireUnmodifiedEXT un = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_ACQUIRE_UNMODIFIED_EXT,
                                                     .acquireUnmodifiedMemory = t->unmodified == UNMODIFIED_TRUE};
    const void *next = acquire && t->unmodified ? &un : NULL;
    const uint32_t family = t->concurrent ? VK_QUEUE_FAMILY_IGNORED : k->family, src = acquire ? t->owner : family, dst = acquire ? family : t->owner;
    const VkImageLayout from = t->inside, to = VK_IMAGE_LAYOUT_GENERAL; /* the same in both halves: the transition happens once */
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    if (t->none) {
        return;
    }
    if (t->sync2) {
        const VkImageMemoryBarrier2 i = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2, .pNext = next,
                                         .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
                                         .dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT,
                                         .oldLayout = from, .newLayout = to, .srcQueueFamilyIndex = src, .dstQueueFamilyIndex = dst, .image = t->image,
                                         .subresourceRange = range};
        const VkBufferMemoryBarrier2 b = {.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER_2, .pNext = next,
                                          .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, .srcAccessMask = VK_ACCESS_2_MEMORY_WRITE_BIT,
                                          .dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT,
                                          .srcQueueFamilyIndex = src, .dstQueueFamilyIndex = dst, .buffer = t->buffer, .size = VK_WHOLE_SIZE};
        const VkDependencyInfo dep = {.sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .imageMemoryBarrierCount = 1, .pImageMemoryBarriers = &i,
                                      .bufferMemoryBarrierCount = 1, .pBufferMemoryBarriers = &b};
        k->vk.CmdPipelineBarrier2(cmd, &dep);
        return;
    }
    const VkImageMemoryBarrier i = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .pNext = next, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                    .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT, .oldLayout = from, .newLayout = to, .srcQueueFamilyIndex = src,
                                    .dstQueueFamilyIndex = dst, .image = t->image, .subresourceRange = range};
    const VkBufferMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER, .pNext = next, .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                                     .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT, .srcQueueFamilyIndex = src, .dstQueueFamilyIndex = dst,
                                     .buffer = t->buffer, .size = VK_WHOLE_SIZE};
    vkCmdPipelineBarrier(cmd, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 1, &b, 1, &i);
}

/* Out, to a process that inverts every byte (or, where we say that nobody has modified it, looks only), and back. */
static void
round_trip(struct kit *k, struct ipc_peer *peer, const struct transfer *t, const struct kit_image *img, const struct kit_buffer *back, uint64_t image_B,
           uint64_t buffer_B, uint32_t number)
{
    const bool touched = t->unmodified != UNMODIFIED_TRUE;
    const VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    const VkClearColorValue color = {.float32 = {(float)number / 255.0f, 0.2f, 0.4f, 1}};
    VkCommandBuffer cmd = kit_begin(k);
    ipc_image_barrier(cmd, t->image, VK_IMAGE_LAYOUT_UNDEFINED, t->inside, VK_QUEUE_FAMILY_IGNORED, VK_QUEUE_FAMILY_IGNORED);
    vkCmdClearColorImage(cmd, t->image, t->inside, &color, 1, &range);
    vkCmdFillBuffer(cmd, t->buffer, 0, VK_WHOLE_SIZE, 0x01020300u + number);
    barriers(k, cmd, t, false);
    kit_submit(k, cmd);
    ipc_send(peer->sock, (uint64_t[]){0, touched ? image_B + buffer_B : 0}, 16, -1);
    ipc_meet(peer->sock, 1);
    cmd = kit_begin(k);
    barriers(k, cmd, t, true);
    const VkBufferCopy copy = {.size = buffer_B};
    vkCmdCopyBuffer(cmd, t->buffer, back->buffer, 1, &copy);
    kit_submit(k, cmd);
    const uint8_t *got = kit_read(k, img, VK_IMAGE_ASPECT_COLOR_BIT, 0, 0), flip = touched ? 0xff : 0;
    const uint8_t want[4] = {(uint8_t)(number ^ flip), 51 ^ flip, 102 ^ flip, 255 ^ flip};
    const uint32_t texels = img->info.extent.width * img->info.extent.height, word = (0x01020300u + number) ^ (touched ? UINT32_MAX : 0);
    for (uint32_t i = 0; i < texels; i++) {
        REQUIRE(k, memcmp(got + 4 * i, want, 4) == 0, "round %u, texel %u: %u %u %u %u", number, i, got[4 * i], got[4 * i + 1], got[4 * i + 2], got[4 * i + 3]);
    }
    for (uint32_t i = 0; i < buffer_B / 4; i++) {
        REQUIRE(k, ((const uint32_t *)back->data)[i] == word, "round %u, word %u of the buffer: 0x%08x", number, i, ((const uint32_t *)back->data)[i]);
    }
}

static void
s09_owners(struct kit *k)
{
    if (!can_share(k)) {
        return;
    }
    SKIP_UNLESS(k, kit_has(k, "VK_EXT_queue_family_foreign") && kit_has(k, "VK_EXT_external_memory_acquire_unmodified"), "needs both owners");
    const uint32_t families[2] = {0, 1};
    uint32_t n_families = 0, rounds = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(k->physical, &n_families, NULL);
    for (int concurrent = 0; concurrent < 2; concurrent++) {
        if (concurrent && n_families < 2 && kit_under_validation(k)) {
            continue; /* a list of one family is misuse, but one that programs do */
        }
        const VkExternalMemoryImageCreateInfoNV iext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO_NV, .handleTypes = 1};
        const VkExternalMemoryBufferCreateInfo bext = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, .handleTypes = 1};
        const uint32_t listed = concurrent ? n_families < 2 ? 1 : 2 : 0;
        VkImageCreateInfo info = ipc_rgba(40, 24);
        info.pNext = &iext;
        info.sharingMode = concurrent ? VK_SHARING_MODE_CONCURRENT : VK_SHARING_MODE_EXCLUSIVE;
        info.queueFamilyIndexCount = listed;
        info.pQueueFamilyIndices = families;
        const uint64_t image_B = ipc_layout_size(&info, 4, 1, 1), buffer_B = 4096;
        const VkBufferCreateInfo bi = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &bext, .size = buffer_B,
                                       .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT, .sharingMode = info.sharingMode,
                                       .queueFamilyIndexCount = listed, .pQueueFamilyIndices = families};
        struct transfer t = {.concurrent = concurrent};
        MUST(vkCreateImage(k->device, &info, NULL, &t.image));
        KIT_OWN(k, VK_OBJECT_TYPE_IMAGE, t.image);
        MUST(vkCreateBuffer(k->device, &bi, NULL, &t.buffer));
        KIT_OWN(k, VK_OBJECT_TYPE_BUFFER, t.buffer);
        VkMemoryRequirements reqs;
        vkGetImageMemoryRequirements(k->device, t.image, &reqs);
        REQUIRE(k, reqs.size == image_B, "a concurrent image has another size: %llu", (unsigned long long)reqs.size);
        const VkDeviceMemory memory = ipc_export(k, image_B + buffer_B, IPC_NV);
        KIT_OWN(k, VK_OBJECT_TYPE_DEVICE_MEMORY, memory);
        MUST(vkBindImageMemory(k->device, t.image, memory, 0));
        MUST(vkBindBufferMemory(k->device, t.buffer, memory, image_B));
        const struct kit_image view = {.image = t.image, .info = info, .aspects = VK_IMAGE_ASPECT_COLOR_BIT};
        const struct kit_buffer back = kit_buffer(k, buffer_B, NULL);
        struct ipc_peer peer = ipc_spawn("inverter");
        const int fd = ipc_get_fd(k, memory);
        ipc_send(peer.sock, NULL, 0, fd);
        close(fd);
        const uint32_t kinds = kit_under_validation(k) ? 1 : UNMODIFIED_KINDS; /* layers may not know the struct yet */
        for (uint32_t i = 0; i < 8 * kinds; i++) {
            t.owner = i & 1 ? VK_QUEUE_FAMILY_FOREIGN_EXT : VK_QUEUE_FAMILY_EXTERNAL;
            t.inside = i & 2 ? VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL : VK_IMAGE_LAYOUT_GENERAL;
            t.sync2 = (i & 4) && k->vk.CmdPipelineBarrier2;
            t.unmodified = (int)(i / 8);
            round_trip(k, &peer, &t, &view, &back, image_B, buffer_B, i);
            rounds++;
        }
        t.none = true; /* a program that only waits for its work: the bytes are there all the same */
        t.unmodified = UNMODIFIED_ABSENT;
        t.inside = VK_IMAGE_LAYOUT_GENERAL;
        round_trip(k, &peer, &t, &view, &back, image_B, buffer_B, 200);
        ipc_join(k, &peer);
    }
    printf("  %u transfers\n", rounds);
}

static const struct kit_case cases[] = {
    {"s08_aliases", s08_aliases}, {"s08_two_processes", s08_two_processes}, {"s09_owners", s09_owners}};
static const struct ipc_role roles[] = {{"inverter", NULL, inverter}, {"alias_peer", alias_peer, NULL}};
IPC_MAIN(cases, roles)
