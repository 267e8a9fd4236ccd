/* Acceleration structures in memory: what accel/ builds, copies keep, and the run-time library walks.
 *
 * Plain data without addresses of its own, so that a copy of the bytes is a copy of the structure; only the instances of a top level hold the
 * addresses of bottom levels. The device address of a structure, and its descriptor (an I64 of 16 bytes, struct pum_desc_accel), are the
 * address of struct pum_accel; it is a multiple of 64. An address of 0 and memory without the magic number are empty structures.
 *
 *   offset 0                struct pum_accel              256 bytes
 *   records_at_B            records of the primitives     48 (triangles), 32 (boxes) or 128 bytes (instances) each
 *   nodes_at_B              struct pum_accel_node         256 bytes each; number 0 is the root
 *   used_B                  end: a compacted structure is these bytes
 *
 * A node has up to eight children with their bounds. A child is a node, or a run of one to four records:
 *   PUM_ACCEL_NO_CHILD      no child; its bounds are never hit (+inf, -inf)
 *   bit 31 clear            number of a node, greater than that of its parent; nobody else's child
 *   bit 31 set              bits 30..29: records - 1; bits 28..0: number of the first one
 * The way from the root to any record has at most PUM_ACCEL_MAX_DEPTH nodes. Who writes these structures, also from data that comes from
 * outside, holds all of this; who walks them relies on it.
 */
#ifndef PUM_ABI_ACCEL_H
#define PUM_ABI_ACCEL_H

#include <stdint.h>

#define PUM_ACCEL_MAGIC     0x6c637641u
#define PUM_ACCEL_VERSION   1u       /* of the layout and of the builder: serialized structures of another one are refused */
#define PUM_ACCEL_ALIGN_B   256u
#define PUM_ACCEL_WIDTH     8
#define PUM_ACCEL_MAX_LEAF  4        /* records of a child */
#define PUM_ACCEL_MAX_DEPTH 20       /* nodes on the way to a record */
#define PUM_ACCEL_NO_CHILD  0u       /* the root is nobody's child */
#define PUM_ACCEL_LEAF_BIT  0x80000000u
#define PUM_ACCEL_MAX_RECORDS (1u << 29)

enum pum_accel_kind { PUM_ACCEL_TRIANGLES = 1, PUM_ACCEL_BOXES, PUM_ACCEL_INSTANCES };

struct pum_accel {
    uint32_t magic;          /* PUM_ACCEL_MAGIC: written last */
    uint32_t version;
    uint8_t kind;            /* enum pum_accel_kind; INSTANCES: top level */
    uint8_t pad[3];
    uint32_t build_flags;    /* VkBuildAccelerationStructureFlagsKHR */
    uint64_t used_B;
    uint32_t n_records;      /* active ones */
    uint32_t n_nodes;        /* 0: nothing can be hit */
    uint64_t records_at_B, nodes_at_B;
    float lo[3], hi[3];      /* bounds of everything, not of numbers if empty */
    uint32_t n_geometries;
    uint32_t n_primitives;   /* with the inactive ones */
    uint8_t pad1[176];
};
_Static_assert(sizeof(struct pum_accel) == 256, "acceleration structure");

struct pum_accel_node {
    float lo[3][PUM_ACCEL_WIDTH], hi[3][PUM_ACCEL_WIDTH];
    uint32_t child[PUM_ACCEL_WIDTH];
    uint32_t pad[8];
};
_Static_assert(sizeof(struct pum_accel_node) == 256, "node of an acceleration structure");

/* The geometry that a record belongs to, and what is known about it: in one word. */
#define PUM_ACCEL_GEOMETRY_MASK      0x00ffffffu
#define PUM_ACCEL_OPAQUE_BIT         0x01000000u /* VK_GEOMETRY_OPAQUE_BIT_KHR */
#define PUM_ACCEL_NO_DUPLICATE_BIT   0x02000000u /* VK_GEOMETRY_NO_DUPLICATE_ANY_HIT_INVOCATION_BIT_KHR; always held here */

struct pum_accel_triangle {
    float v[3][3];           /* vertices, transformed by the geometry's matrix */
    uint32_t geometry;       /* with its flags */
    uint32_t primitive;      /* number in the geometry */
    uint32_t pad;
};
_Static_assert(sizeof(struct pum_accel_triangle) == 48, "triangle record");

struct pum_accel_box {
    float lo[3], hi[3];
    uint32_t geometry, primitive;
};
_Static_assert(sizeof(struct pum_accel_box) == 32, "box record");

enum pum_instance_flag { /* VkGeometryInstanceFlagBitsKHR */
    PUM_INSTANCE_CULL_DISABLE_BIT  = 1u << 0,
    PUM_INSTANCE_FLIP_FACING_BIT   = 1u << 1,
    PUM_INSTANCE_FORCE_OPAQUE_BIT  = 1u << 2,
    PUM_INSTANCE_FORCE_NO_OPAQUE_BIT = 1u << 3,
};

/* Matrices are rows of four, the last column is the translation, as in VkTransformMatrixKHR. */
struct pum_accel_instance {
    float to_world[3][4], to_object[3][4];
    uint64_t bottom;         /* address of a struct pum_accel, or 0 */
    uint32_t custom_index;   /* 24 bits */
    uint32_t sbt_offset;     /* 24 bits: instanceShaderBindingTableRecordOffset */
    uint8_t mask, flags;     /* enum pum_instance_flag */
    uint8_t pad[2];
    uint32_t id;             /* InstanceId: its place among all instances of the build */
    uint32_t pad1[2];
};
_Static_assert(sizeof(struct pum_accel_instance) == 128, "instance record");

#define PUM_DESC_ACCEL_B 16u
struct pum_desc_accel { /* descriptor record */
    uint64_t address;        /* 0 = null */
    uint64_t pad;
};

#endif
