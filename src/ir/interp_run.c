/* The interpreter's main loop, and how each stage calls it. */
#include "ir/interp_check.h"
#include "ir/interp_int.h"
#include "ir/scalar.h"

#define EACH for (uint32_t l = 0; l < PUM_LANES; l++)

static uint16_t *
exit_masks(const struct interp_run *r)
{
    return (uint16_t *)(void *)(r->frame + sizeof(struct interp_frame));
}

static void
copy(const struct interp_run *r, const struct interp_ins *in)
{
    const uint32_t live = in->op == IO_COPY_ALL ? 0xffff : r->live;
    if (in->type == PUM_IR_I64 || in->type == PUM_IR_F64) {
        uint64_t *d = interp_reg64(r, in->dst);
        const uint64_t *a = interp_reg64(r, in->a);
        EACH { d[l] = live >> l & 1 ? a[l] : d[l]; }
    } else {
        uint32_t *d = interp_reg(r, in->dst);
        const uint32_t *a = interp_reg(r, in->a);
        EACH { d[l] = live >> l & 1 ? a[l] : d[l]; }
    }
}

static uint32_t
mask_of(const struct interp_run *r, uint32_t at)
{
    const uint32_t *c = interp_reg(r, at);
    uint32_t m = 0;
    EACH { m |= (c[l] & 1) << l; }
    return m;
}

static inline bool
execute(struct interp_run *r, const bool checked)
{
    const struct pum_interp_program *p = r->p;
    struct interp_frame *f = (struct interp_frame *)(void *)r->frame;
    uint16_t *exits = exit_masks(r), *others = exits + p->n_slots;
    uint32_t pc = f->pc;
    for (;;) {
        const struct interp_ins *in = &p->ins[pc++];
        if (checked) {
            interp_check_before(r, in);
        }
        switch (in->op) {
        case IO_COPY:
        case IO_COPY_ALL: copy(r, in); break;
        case IO_IF: {
            const uint32_t c = mask_of(r, in->a);
            others[in->slot] = (uint16_t)(r->live & ~c);
            exits[in->slot] = 0;
            r->live &= c;
            pc = r->live ? pc : in->jump;
            break;
        }
        case IO_ELSE:
            exits[in->slot] = (uint16_t)r->live;
            r->live = others[in->slot];
            pc = r->live ? pc : in->jump;
            break;
        case IO_SCOPE:
        case IO_LOOP: exits[in->slot] = 0; break;
        case IO_AGAIN:
            if (r->ctx->stop && __atomic_load_n(r->ctx->stop, __ATOMIC_RELAXED)) {
                if (r->ctx->host && in->imm) {
                    r->ctx->host->stopped(r->ctx->host, (const char *)p->texts + in->imm - 1);
                }
                return true; /* the device is lost: whatever is left undone */
            }
            pc = r->live ? in->jump : pc;
            break;
        case IO_ENDLOOP:
            r->live = exits[in->slot];
            pc = r->live ? pc : in->jump;
            break;
        case IO_ENDIF:
        case IO_ENDSCOPE:
            r->live |= exits[in->slot];
            pc = r->live ? pc : in->jump;
            break;
        case IO_LEAVE:
            exits[in->slot] |= (uint16_t)r->live;
            r->live = 0;
            pc = in->jump;
            break;
        case PUM_IR_LD_VAR: memcpy(interp_reg(r, in->dst), interp_reg(r, in->a), interp_reg_B((enum pum_ir_type)in->type)); break;
        case PUM_IR_BARRIER:
            if (p->has_barrier) {
                f->pc = pc;
                f->live = (uint16_t)r->live;
                return false;
            }
            break;
        case IO_END: return true;
        default:
            if (!interp_alu(r, in)) {
                interp_memory(r, in);
            }
            if (checked) {
                interp_check_after(r, in);
            }
        }
    }
}

bool
interp_execute(struct interp_run *r)
{
    return r->p->check ? execute(r, true) : execute(r, false);
}

/* Constants never change: once per frame and run. */
static void
use_frame(struct interp_run *r, uint8_t *frame)
{
    r->frame = frame;
    r->regs = frame + r->p->regs_at;
    r->private_mem = frame + r->p->private_at;
}

static void
fill_constants(const struct interp_run *r)
{
    for (uint32_t i = 0; i < r->p->n_consts; i++) {
        const struct interp_const *c = &r->p->consts[i];
        if (interp_reg_B((enum pum_ir_type)c->type) == 128) {
            EACH { interp_reg64(r, c->at)[l] = c->bits; }
        } else {
            EACH { interp_reg(r, c->at)[l] = (uint32_t)c->bits; }
        }
    }
}

static void
start(struct interp_run *r, uint32_t live)
{
    struct interp_frame *f = (struct interp_frame *)(void *)r->frame;
    f->pc = 0;
    f->live = (uint16_t)live;
    r->live = live;
    memset(r->regs + r->p->vars_at, 0, r->p->vars_B);
    interp_check_start(r);
}

static void
splat(struct interp_run *r, enum pum_sysval kind, uint32_t component, uint32_t v)
{
    EACH { r->sysval[kind][component][l] = v; }
}

static void
begin(struct interp_run *r, struct interp_checker *checker, const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, uint8_t *scratch)
{
    const struct pum_interp_program *p = (const struct pum_interp_program *)(const void *)self;
    r->p = p;
    r->ctx = ctx;
    r->rt = ctx->rt ? ctx->rt : p->rt;
    r->cover = 0xffff;
    r->shared = NULL;
    memset(r->sysval, 0, sizeof(r->sysval));
    EACH { r->sysval[PUM_SYSVAL_SUBGROUP_LANE][0][l] = p->info.stage == PUM_STAGE_FRAGMENT ? pum_quad_order(l) : l; }
    if (p->check) {
        interp_check_begin(r, checker);
    }
    use_frame(r, scratch);
    fill_constants(r);
}

void
interp_run_vertex(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    const struct pum_vs_args *a = args;
    struct interp_run r;
    struct interp_checker checker;
    begin(&r, &checker, self, ctx, a->scratch);
    splat(&r, PUM_SYSVAL_BASE_VERTEX, 0, a->base_vertex);
    splat(&r, PUM_SYSVAL_BASE_INSTANCE, 0, a->base_instance);
    splat(&r, PUM_SYSVAL_DRAW_INDEX, 0, a->draw_index);
    splat(&r, PUM_SYSVAL_VIEW_INDEX, 0, a->view_index);
    const struct pum_shader_info *info = &r.p->info;
    r.shared = (uint8_t *)(uintptr_t)a->shared; /* only read */
    r.out_stride = a->out_stride;
    for (uint32_t batch = 0; batch < a->batches; batch++) {
        const uint32_t left = a->vertices - PUM_MIN(a->vertices, batch * PUM_LANES);
        memcpy(r.sysval[PUM_SYSVAL_VERTEX_INDEX][0], a->vertex_index + batch * PUM_LANES, 64);
        memcpy(r.sysval[PUM_SYSVAL_INSTANCE_INDEX][0], a->instance_index + batch * PUM_LANES, 64);
        r.in = a->in + (size_t)batch * a->in_slots * PUM_LANES;
        r.out = a->out + (size_t)batch * PUM_LANES;
        for (uint32_t s = 0; s < PUM_VS_SLOTS; s++) { /* what only some paths write must not show old memory */
            if (info->out_slots[s / 64] >> (s % 64) & 1) {
                memset(r.out + (size_t)s * r.out_stride, 0, 64);
            }
        }
        start(&r, left >= PUM_LANES ? 0xffff : (1u << left) - 1);
        if (r.live) {
            interp_execute(&r);
        }
    }
}

static void
fragment_block(struct interp_run *r, const struct pum_fs_args *a, const struct pum_fs_block *block)
{
    float plane[PUM_FS_PLANE_INPUTS][PUM_LANES];
    EACH
    {
        r->corner_x[l] = (float)((uint32_t)(block->x << 2) + (l & 3));
        r->corner_y[l] = (float)((uint32_t)(block->y << 2) + (l >> 2));
        r->rel_x[l] = r->corner_x[l] + a->pos[0];
        r->rel_y[l] = r->corner_y[l] + a->pos[1];
        for (uint32_t i = 0; i < PUM_FS_PLANE_INPUTS; i++) {
            const float v = a->planes[i].v + a->planes[i].dx * r->rel_x[l];
            plane[i][l] = v + a->planes[i].dy * r->rel_y[l];
        }
        r->inv_w[l] = 1.0f / plane[PUM_FS_PLANE_RHW][l];
        r->sysval[PUM_SYSVAL_FRAG_COORD][0][l] = pum_f32_bits((float)a->tile_x + r->rel_x[l]);
        r->sysval[PUM_SYSVAL_FRAG_COORD][1][l] = pum_f32_bits((float)a->tile_y + r->rel_y[l]);
        r->sysval[PUM_SYSVAL_FRAG_COORD][2][l] = pum_f32_bits(plane[PUM_FS_PLANE_Z][l]);
        r->sysval[PUM_SYSVAL_FRAG_COORD][3][l] = pum_f32_bits(plane[PUM_FS_PLANE_RHW][l]);
        r->sysval[PUM_SYSVAL_POINT_COORD][0][l] = pum_f32_bits(plane[PUM_FS_PLANE_POINT_S][l]);
        r->sysval[PUM_SYSVAL_POINT_COORD][1][l] = pum_f32_bits(plane[PUM_FS_PLANE_POINT_T][l]);
    }
    if (r->p->info.uses_coverage) {
        struct pum_fs_coverage c;
        a->coverage(a, block, &c);
        memcpy(r->sysval[PUM_SYSVAL_SAMPLE_MASK_IN][0], c.mask_in, sizeof(c.mask_in));
        memcpy(r->sysval[PUM_SYSVAL_CENTROID][0], c.centroid[0], sizeof(c.centroid[0]));
        memcpy(r->sysval[PUM_SYSVAL_CENTROID][1], c.centroid[1], sizeof(c.centroid[1]));
    }
}

static void
write_targets(const struct interp_run *r, const struct pum_fs_args *a, const struct pum_fs_block *block, uint32_t out[][PUM_LANES])
{
    const struct pum_shader_info *info = &r->p->info;
    uint32_t mask = r->cover;
    if (a->late && mask) {
        mask = a->late(a, block, mask, out);
    }
    for (uint32_t i = 0; mask && i < PUM_MAX_RENDER_TARGETS; i++) {
        if (info->color_mask >> i & 1) {
            const struct pum_fs_target *t = &a->targets[i];
            t->write(t, block->x, block->y, mask, (const uint32_t(*)[PUM_LANES])&out[PUM_FS_COLOR + i * 4],
                     info->color1_written && i == 0 ? (const uint32_t(*)[PUM_LANES])&out[PUM_FS_COLOR1] : NULL);
        }
    }
}

void
interp_run_fragment(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    const struct pum_fs_args *a = args;
    struct interp_run r;
    _Alignas(64) uint32_t out[PUM_FS_SLOTS][PUM_LANES];
    struct interp_checker checker;
    begin(&r, &checker, self, ctx, a->scratch);
    splat(&r, PUM_SYSVAL_FRONT_FACING, 0, a->front_facing != 0);
    splat(&r, PUM_SYSVAL_PRIMITIVE_ID, 0, a->primitive_id);
    splat(&r, PUM_SYSVAL_LAYER, 0, a->layer);
    splat(&r, PUM_SYSVAL_VIEWPORT_INDEX, 0, a->viewport_index);
    splat(&r, PUM_SYSVAL_VIEW_INDEX, 0, a->view_index);
    splat(&r, PUM_SYSVAL_SAMPLE_MASK_IN, 0, 1);
    splat(&r, PUM_SYSVAL_CENTROID, 0, pum_f32_bits(0.5f));
    splat(&r, PUM_SYSVAL_CENTROID, 1, pum_f32_bits(0.5f));
    splat(&r, PUM_SYSVAL_SAMPLE_ID, 0, a->sample_id);
    splat(&r, PUM_SYSVAL_SAMPLE_POS, 0, pum_f32_bits(a->pos[0]));
    splat(&r, PUM_SYSVAL_SAMPLE_POS, 1, pum_f32_bits(a->pos[1]));
    r.planes = a->planes;
    r.sample_pos = a->sample_pos;
    r.out = out[0];
    r.out_stride = PUM_LANES;
    for (uint32_t i = 0; i < a->block_count; i++) {
        const struct pum_fs_block *block = &a->blocks[i];
        memset(out, 0, sizeof(out));
        fragment_block(&r, a, block);
        r.cover = r.block_cover = block->mask;
        start(&r, 0xffff);
        interp_execute(&r);
        write_targets(&r, a, block, out);
    }
}

void
interp_run_geometry(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    const struct pum_gs_args *a = args;
    struct interp_run r;
    struct interp_checker checker;
    begin(&r, &checker, self, ctx, a->scratch);
    splat(&r, PUM_SYSVAL_VIEW_INDEX, 0, a->view_index);
    memcpy(r.sysval[PUM_SYSVAL_PRIMITIVE_ID][0], a->primitive_id, 64);
    memcpy(r.sysval[PUM_SYSVAL_INVOCATION_ID][0], a->invocation_id, 64);
    r.in = a->in;
    r.out = a->count;
    r.out_stride = PUM_LANES;
    r.vertices = a->out;
    start(&r, a->lanes >= PUM_LANES ? 0xffff : (1u << a->lanes) - 1);
    if (r.live) {
        interp_execute(&r);
    }
}

void
interp_run_trace(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    struct pum_tracing_args *a = args;
    struct interp_run r;
    struct interp_checker checker;
    begin(&r, &checker, self, ctx, a->scratch);
    for (uint32_t i = 0; i < 3; i++) {
        splat(&r, PUM_SYSVAL_NUM_WORKGROUPS, i, a->launch_size[i]);
    }
    splat(&r, PUM_SYSVAL_RAY_RECORD, 0, (uint32_t)a->record);
    splat(&r, PUM_SYSVAL_RAY_RECORD, 1, (uint32_t)(a->record >> 32));
    r.in = a->ray;
    r.trace = a;
    start(&r, a->mask);
    interp_execute(&r);
}

static void
compute_ids(struct interp_run *r, const struct pum_cs_args *a, uint32_t group_x, uint32_t subgroup)
{
    const uint32_t *size = r->p->info.local_size;
    const uint32_t group[3] = {group_x, a->group[1], a->group[2]};
    splat(r, PUM_SYSVAL_SUBGROUP_ID, 0, subgroup);
    for (uint32_t i = 0; i < 3; i++) {
        splat(r, PUM_SYSVAL_WORKGROUP_ID, i, group[i]);
    }
    EACH
    {
        const uint32_t index = subgroup * PUM_LANES + l;
        const uint32_t id[3] = {index % size[0], index / size[0] % size[1], index / size[0] / size[1]};
        r->sysval[PUM_SYSVAL_LOCAL_INDEX][0][l] = index;
        for (uint32_t i = 0; i < 3; i++) {
            r->sysval[PUM_SYSVAL_LOCAL_ID][i][l] = id[i];
            r->sysval[PUM_SYSVAL_GLOBAL_ID][i][l] = group[i] * size[i] + id[i];
        }
    }
}

/* With barriers every subgroup has a frame, and they take turns from one barrier to the next. */
void
interp_run_compute(const struct pum_shader_code *self, const struct pum_shader_ctx *ctx, void *args)
{
    const struct pum_cs_args *a = args;
    struct interp_run r;
    struct interp_checker checker;
    begin(&r, &checker, self, ctx, a->scratch);
    const struct pum_interp_program *p = r.p;
    r.shared = a->shared;
    const uint32_t threads = p->info.local_size[0] * p->info.local_size[1] * p->info.local_size[2];
    const uint32_t subgroups = PUM_DIV_ROUND_UP(threads, PUM_LANES);
    splat(&r, PUM_SYSVAL_NUM_SUBGROUPS, 0, subgroups);
    for (uint32_t i = 0; i < 3; i++) {
        splat(&r, PUM_SYSVAL_NUM_WORKGROUPS, i, a->num_groups[i]);
    }
    for (uint32_t s = 1; s < p->frames; s++) {
        use_frame(&r, a->scratch + (size_t)s * p->frame_B);
        fill_constants(&r);
    }
    for (uint32_t g = 0; g < a->group_count; g++) {
        uint32_t running = subgroups;
        if (p->check) {
            checker.group++;
        }
        for (bool first = true; running; first = false) {
            running = 0;
            if (p->check) {
                checker.epoch++;
            }
            for (uint32_t s = 0; s < subgroups; s++) {
                use_frame(&r, a->scratch + (p->has_barrier ? (size_t)s * p->frame_B : 0));
                struct interp_frame *f = (struct interp_frame *)(void *)r.frame;
                if (first) {
                    const uint32_t left = threads - s * PUM_LANES;
                    start(&r, left >= PUM_LANES ? 0xffff : (1u << left) - 1);
                    f->waiting = true;
                }
                if (f->waiting) {
                    compute_ids(&r, a, a->group[0] + g, s);
                    r.live = f->live;
                    if (p->check) {
                        checker.subgroup = s;
                    }
                    f->waiting = !interp_execute(&r);
                    running += f->waiting;
                }
            }
        }
    }
    if (p->check) {
        interp_check_end(&r);
    }
}
