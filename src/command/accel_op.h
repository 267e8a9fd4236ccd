/* What is done with acceleration structures, resolved to memory: the same for commands and for the host's calls. SPEC: acceleration-structure */
#ifndef PUM_COMMAND_ACCEL_OP_H
#define PUM_COMMAND_ACCEL_OP_H

#include "accel/accel.h"
#include "object/device_base.h"
#include "query/query_pool.h"

enum pum_accel_op_kind { PUM_ACCEL_OP_BUILD, PUM_ACCEL_OP_COPY, PUM_ACCEL_OP_SERIALIZE, PUM_ACCEL_OP_DESERIALIZE, PUM_ACCEL_OP_PROPERTIES };

struct pum_accel_build_op {
    struct pum_accel *dst;
    uint64_t dst_B;
    const struct pum_accel *src; /* update of it; NULL: build */
    uint8_t *scratch;
    struct pum_accel_input input;
    /* Ranges that are read when it runs (else they are applied to the input): VkAccelerationStructureBuildRangeInfoKHR */
    const uint8_t *ranges;       /* NULL: none */
    uint64_t range_stride_B;
};

struct pum_accel_op {
    uint8_t kind; /* enum pum_accel_op_kind */
    union {
        struct {
            uint32_t count;
            struct pum_accel_build_op *build; /* in no order */
        };
        struct { /* copies of all kinds */
            struct pum_accel *dst;
            uint64_t dst_B;
            const struct pum_accel *src;
            uint8_t *data; /* serialized */
        };
        struct {
            uint32_t n_accels, first;
            const struct pum_accel **accels;
            VkQueryType property;
            struct pum_query_pool *pool;
        };
    };
};

/* alloc(arg, size_B) gives zeroed memory or NULL. host: data addresses and references are the host's. False: out of memory. */
typedef void *(*pum_accel_alloc_fn)(void *arg, size_t size_B);
/* ranges: [count] arrays; NULL: they are read when the build runs. */
bool pum_accel_op_build(struct pum_accel_op *op, struct pum_device_base *dev, uint32_t count, const VkAccelerationStructureBuildGeometryInfoKHR *infos,
                        const VkAccelerationStructureBuildRangeInfoKHR *const *ranges, bool host, pum_accel_alloc_fn alloc, void *arg) PUM_MUST_CHECK;
void pum_accel_op_copy(struct pum_accel_op *op, const VkCopyAccelerationStructureInfoKHR *info);
void pum_accel_op_serialize(struct pum_accel_op *op, const VkCopyAccelerationStructureToMemoryInfoKHR *info, bool host);
void pum_accel_op_deserialize(struct pum_accel_op *op, const VkCopyMemoryToAccelerationStructureInfoKHR *info, bool host);
/* A range as the API has it. */
void pum_accel_apply_range(enum pum_accel_kind kind, struct pum_accel_geometry *g, const VkAccelerationStructureBuildRangeInfoKHR *range);
/* Value of a query about a structure. */
uint64_t pum_accel_property(const struct pum_accel *a, VkQueryType property);
enum pum_accel_kind pum_accel_kind_of(const VkAccelerationStructureBuildGeometryInfoKHR *info);
/* Primitives that will be built, as far as it is known: how much work it is. */
uint64_t pum_accel_op_work(const struct pum_accel_op *op);

#endif
