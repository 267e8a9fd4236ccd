/* Building, refitting and carrying acceleration structures (abi/accel.h says what they look like). Knows nothing of Vulkan objects.
 *
 * What comes out depends on the input alone: never on the number of threads, never on the instruction set. The structure takes no more memory
 * than pum_accel_sizes says, scratch memory neither. SPEC: acceleration-structure
 */
#ifndef PUM_ACCEL_ACCEL_H
#define PUM_ACCEL_ACCEL_H

#include <stdbool.h>

#include "abi/accel.h"
#include "format/format.h"
#include "util/compiler.h"

struct pum_pool;

/* One geometry, all offsets applied. Data is only read; addresses need no alignment. */
struct pum_accel_geometry {
    uint32_t flags; /* PUM_ACCEL_OPAQUE_BIT, PUM_ACCEL_NO_DUPLICATE_BIT */
    uint32_t count; /* primitives */
    uint64_t first; /* primitives of the geometries before: by pum_accel_number */
    const uint8_t *data; /* vertices, boxes (six floats), or VkAccelerationStructureInstanceKHR */
    uint64_t stride_B;
    /* triangles */
    const uint8_t *indices;   /* NULL: three vertices in a row each */
    const float *transform;   /* rows of a 3x4 matrix, or NULL */
    uint32_t first_vertex;    /* added to indices */
    enum pum_format format;
    uint8_t index_B;          /* 1, 2, 4 */
    bool pointers;            /* instances: data are pointers to them */
};

struct pum_accel_input {
    enum pum_accel_kind kind;
    uint32_t build_flags;
    uint32_t n_geometries;
    struct pum_accel_geometry *geometry;
    /* Instances: the structure that a reference means, NULL if there is no such; a reference of 0 is not asked about. */
    const struct pum_accel *(*find)(void *arg, uint64_t reference);
    void *arg;
};

/* Sets `first` of all geometries; false: more primitives than a structure can have. */
bool pum_accel_number(struct pum_accel_geometry *g, uint32_t n) PUM_MUST_CHECK;

struct pum_accel_sizes {
    uint64_t accel_B, build_B, update_B; /* of the structure; of scratch memory */
};
/* For at most n primitives. */
struct pum_accel_sizes pum_accel_sizes(enum pum_accel_kind kind, uint64_t n);

/* Writes out, which has room for out_B bytes and is aligned to 64. scratch: build_B bytes, aligned to 16. False: there are more primitives than fit,
 * or than any structure can have; it is left empty. Not from inside a task of the pool, unless that is NULL: then all happens on this thread. */
bool pum_accel_build(struct pum_accel *out, uint64_t out_B, uint8_t *scratch, const struct pum_accel_input *in, struct pum_pool *pool);
/* The same structure with other positions: src (may be out) was built from an input of the same shape. false: it was not, or does not fit. */
bool pum_accel_update(struct pum_accel *out, uint64_t out_B, const struct pum_accel *src, const struct pum_accel_input *in, struct pum_pool *pool);

/* A structure that holds nothing. */
void pum_accel_clear(struct pum_accel *out, enum pum_accel_kind kind, uint32_t build_flags);
/* Whether there is a structure, at least to its magic number. */
static inline bool
pum_accel_is_built(const struct pum_accel *a)
{
    return a && a->magic == PUM_ACCEL_MAGIC && a->version == PUM_ACCEL_VERSION;
}
/* Copies a structure; compacted or not it is the same bytes. False: it does not fit, or there is none; out is then empty. */
bool pum_accel_copy(struct pum_accel *out, uint64_t out_B, const struct pum_accel *src);

/* ---- serialized. SPEC: vkCmdCopyAccelerationStructureToMemoryKHR
 *   0   driver UUID, compatibility UUID    2 x 16 bytes
 *   32  size of all of it, of the structure, number of handles    3 x 8 bytes
 *   56  addresses of the bottom levels, one for each instance     8 bytes each
 *       the structure, used_B bytes, without these addresses
 */
#define PUM_ACCEL_UUID_B 16
#define PUM_SERIAL_HEADER_B 56u
struct pum_accel_identity {
    uint8_t driver[PUM_ACCEL_UUID_B], compatibility[PUM_ACCEL_UUID_B];
};
uint64_t pum_accel_serialized_B(const struct pum_accel *a); /* 0: there is none */
uint64_t pum_accel_pointer_count(const struct pum_accel *a);
void pum_accel_serialize(uint8_t *out, const struct pum_accel *a, const struct pum_accel_identity *id);
/* True: the data says that it is from such a driver. */
bool pum_accel_is_compatible(const uint8_t *data, const struct pum_accel_identity *id);
/* Nothing in the data is believed; its size is what it says itself (the memory behind `data` must hold that). find: as in struct pum_accel_input.
 * False: it is damaged, of another driver, or does not fit; out is then empty. */
bool pum_accel_deserialize(struct pum_accel *out, uint64_t out_B, const uint8_t *data, const struct pum_accel_identity *id,
                           const struct pum_accel *(*find)(void *arg, uint64_t reference), void *arg);

/* ---- inside of accel/ ---- */

/* A primitive while the structure is built. */
struct accel_ref {
    float lo[3];
    uint32_t primitive;
    float hi[3];
    uint32_t geometry; /* index */
};
_Static_assert(sizeof(struct accel_ref) == 32, "read as two vectors");

uint32_t accel_record_B(enum pum_accel_kind kind);
/* Bounds of a primitive. False: it is inactive. */
bool accel_bounds(const struct pum_accel_input *in, uint32_t geometry, uint32_t primitive, struct accel_ref *out);
/* Its record. */
void accel_record(const struct pum_accel_input *in, uint32_t geometry, uint32_t primitive, void *record);
/* Bounds of a record. */
void accel_record_bounds(enum pum_accel_kind kind, const void *record, float lo[3], float hi[3]);
/* Index of the geometry that primitive i of all belongs to. */
uint32_t accel_geometry_of(const struct pum_accel_input *in, uint64_t i);
/* pum_pool_run, or a loop without a pool. */
void accel_run(struct pum_pool *pool, uint32_t count, void (*fn)(void *arg, uint32_t index, uint32_t worker), void *arg);

#endif
