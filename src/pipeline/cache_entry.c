#include "pipeline/cache_entry.h"

#include <stdlib.h>
#include <string.h>

struct bytes { /* then the image, zeros up to a multiple of ALIGN_B */
    struct pum_hash128 check; /* over everything that follows, image included */
    struct pum_hash128 key;
    struct pum_shader_info info;
    struct pum_hash128 image_hash;
    uint32_t size_B, text_B, entry_B, scratch_B, isa, zero;
};

#define ALIGN_B 16u

static struct pum_hash128
check_of(const struct bytes *b, const uint8_t *image)
{
    const struct pum_hash128 head = pum_hash(&b->key, sizeof(*b) - offsetof(struct bytes, key));
    return pum_hash_combine(head, pum_hash(image, b->size_B));
}

size_t
pum_cache_entry_bytes(const struct pum_cache_entry *e)
{
    return sizeof(struct bytes) + PUM_ALIGN_UP((size_t)e->image.size_B, (size_t)ALIGN_B);
}

void
pum_cache_entry_write(const struct pum_cache_entry *e, void *to)
{
    struct bytes b;
    memset(&b, 0, sizeof(b));
    b.key = e->key;
    b.info = e->info;
    b.size_B = e->image.size_B;
    b.text_B = e->image.text_B;
    b.entry_B = e->image.entry_B;
    b.scratch_B = e->image.scratch_B;
    b.isa = e->image.isa;
    b.image_hash = e->image.hash;
    b.check = check_of(&b, e->image.data);
    memset(to, 0, pum_cache_entry_bytes(e));
    memcpy(to, &b, sizeof(b));
    memcpy((uint8_t *)to + sizeof(b), e->image.data, e->image.size_B);
}

bool
pum_cache_entry_read(struct pum_cache_entry *out, const void *from, size_t size_B, size_t *used_B)
{
    struct bytes b;
    memset(out, 0, sizeof(*out));
    if (size_B < sizeof(b)) {
        return false;
    }
    memcpy(&b, from, sizeof(b));
    const uint8_t *image = (const uint8_t *)from + sizeof(b);
    const size_t padded_B = PUM_ALIGN_UP((size_t)b.size_B, (size_t)ALIGN_B);
    if (padded_B > size_B - sizeof(b)) {
        return false;
    }
    const struct pum_hash128 check = check_of(&b, image);
    if (check.lo != b.check.lo || check.hi != b.check.hi) {
        return false;
    }
    out->image.data = malloc(b.size_B ? b.size_B : 1);
    if (!out->image.data) {
        return false;
    }
    memcpy(out->image.data, image, b.size_B);
    out->key = b.key;
    out->info = b.info;
    out->image.size_B = b.size_B;
    out->image.text_B = b.text_B;
    out->image.entry_B = b.entry_B;
    out->image.scratch_B = b.scratch_B;
    out->image.isa = b.isa;
    out->image.hash = b.image_hash;
    *used_B = sizeof(b) + padded_B;
    return true;
}
