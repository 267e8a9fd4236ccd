/* Set layouts, pipeline layouts, pools, sets, updates, templates. SPEC: descriptorsets.
 *
 * A set is a piece of its pool's memory; updates write the records of abi/descriptor.h straight into it.
 */
#ifndef PUM_DESCRIPTOR_DESCRIPTOR_SET_H
#define PUM_DESCRIPTOR_DESCRIPTOR_SET_H

#include "abi/descriptor.h"
#include "abi/shader_abi.h"
#include "object/object.h"

struct pum_set_binding {
    VkDescriptorType type;
    uint32_t binding, count; /* count 0: unused number */
    uint32_t offset_B, stride_B; /* inline uniform block: of the record; count bytes follow it, stride_B is 1 */
    uint32_t dynamic_first;  /* index among the set's dynamic buffers, UINT32_MAX = not dynamic */
    uint32_t by_reference;   /* enum pum_by_reference */
    const struct pum_desc_sampler *immutable; /* [count] or NULL */
};

struct pum_set_layout { /* Thread-safety: constant; reference counted: pipeline layouts and sets outlive the handle */
    struct pum_object base;
    uint32_t refs;
    uint32_t size_B;
    uint32_t dynamic_count;
    bool variable_count;     /* the last binding's count is said when a set is made */
    bool in_buffer;          /* of sets in descriptor buffers; dynamic ones are inline uniform blocks */
    uint32_t n_bindings;     /* highest binding number + 1 */
    struct pum_set_binding bindings[];
};
PUM_DEFINE_HANDLE_CASTS(pum_set_layout, VkDescriptorSetLayout)

struct pum_pipeline_layout {
    struct pum_object base;
    uint32_t refs;
    uint32_t n_sets;
    struct pum_set_layout *sets[PUM_MAX_SETS];
    uint32_t push_B;
};
PUM_DEFINE_HANDLE_CASTS(pum_pipeline_layout, VkPipelineLayout)

struct pum_update_template {
    struct pum_object base;
    VkPipelineBindPoint bind_point; /* of a template for push descriptors */
    struct pum_pipeline_layout *layout;
    uint32_t set;
    uint32_t count;
    VkDescriptorUpdateTemplateEntry entries[];
};
PUM_DEFINE_HANDLE_CASTS(pum_update_template, VkDescriptorUpdateTemplate)

struct pum_descriptor_set { /* Thread-safety: externally synchronised by the application */
    struct pum_object base;
    struct pum_set_layout *layout;
    struct pum_descriptor_pool *pool;
    uint8_t *data;
    uint32_t size_B;
    struct pum_descriptor_set *next; /* in the pool, by address */
};
PUM_DEFINE_HANDLE_CASTS(pum_descriptor_set, VkDescriptorSet)

void pum_set_layout_ref(struct pum_set_layout *layout);
void pum_set_layout_unref(struct pum_device_base *dev, struct pum_set_layout *layout);
void pum_pipeline_layout_ref(struct pum_pipeline_layout *layout);
void pum_pipeline_layout_unref(struct pum_device_base *dev, struct pum_pipeline_layout *layout);

/* Writes one VkWriteDescriptorSet into set memory (push descriptors give their own memory). */
/* Writes what an update template takes from pData. */
void pum_descriptor_write_template(const struct pum_set_layout *layout, uint8_t *data, VkDescriptorUpdateTemplate tmpl, const void *pData);
void pum_descriptor_write(const struct pum_set_layout *layout, uint8_t *data, const VkWriteDescriptorSet *write);
/* Bytes of an element of a set layout's binding; in_buffer: in a descriptor buffer. */
uint32_t pum_descriptor_record_B(VkDescriptorType type, bool in_buffer);
/* Immutable samplers and the records of inline uniform blocks into fresh set memory. */
void pum_descriptor_init(const struct pum_set_layout *layout, uint8_t *data);

#endif
