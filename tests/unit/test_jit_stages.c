/* Vertex and fragment stages: frames, inputs, outputs, discard, derivatives, late tests, textures; and images that are damaged. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit_kit.h"

static enum pum_isa isa_now;

static float
as_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static uint32_t
as_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

static struct pum_jit_code
code_for(struct pum_ir_shader *sh, struct pum_jit_image *image)
{
    struct pum_jit_code code;
    KIT_CHECK(!sh->oom && pum_ir_optimize(sh));
    kit_compile(sh, isa_now, image);
    KIT_CHECK(pum_jit_load(image, &code));
    return code;
}

static void
out_slot(struct pum_ir_builder *b, uint32_t slot, pum_ir_ref v)
{
    pum_ir_emit(b, PUM_IR_ST_OUT, PUM_IR_VOID, 1, &v, slot);
}

static pum_ir_ref
add(struct pum_ir_builder *b, pum_ir_ref x, pum_ir_ref y)
{
    return pum_ir_emit2(b, PUM_IR_FADD, PUM_IR_F32, x, y);
}

static void
vertex(void)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_VERTEX);
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    sh->info.has_side_effects = true;
    const pum_ir_ref x = pum_ir_emit0(&b, PUM_IR_LD_IN, PUM_IR_F32, 0), y = pum_ir_emit0(&b, PUM_IR_LD_IN, PUM_IR_F32, 5);
    const pum_ir_ref scale = pum_ir_emit1(&b, PUM_IR_LD_PUSH, PUM_IR_F32, pum_ir_const_i32(&b, 12));
    const pum_ir_ref index = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_VERTEX_INDEX);
    const pum_ir_ref inst = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_INSTANCE_INDEX);
    const pum_ir_ref base = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_BASE_VERTEX);
    out_slot(&b, PUM_VS_POSITION, pum_ir_emit2(&b, PUM_IR_FMUL, PUM_IR_F32, x, scale));
    out_slot(&b, PUM_VS_POSITION + 1, y);
    out_slot(&b, PUM_VS_USER + 2, pum_ir_emit2(&b, PUM_IR_IADD, PUM_IR_I32, pum_ir_emit2(&b, PUM_IR_ISUB, PUM_IR_I32, index, base), inst));
    struct pum_ir_node *n = pum_ir_push_if(&b, pum_ir_emit2(&b, PUM_IR_FLT, PUM_IR_BOOL, x, pum_ir_const_f32(&b, 10)));
    out_slot(&b, PUM_VS_USER + 3, index);
    pum_ir_pop_if(&b, n);
    const pum_ir_ref s[3] = {kit_desc(&b, 0), pum_ir_const_i32(&b, 0), pum_ir_const_i32(&b, 1)};
    pum_ir_emit(&b, PUM_IR_ATOM_BUF, PUM_IR_I32, 3, s, PUM_ATOMIC_ADD);
    struct pum_jit_image image;
    struct pum_jit_code code = code_for(sh, &image);

    _Alignas(64) static uint32_t in[2][8][16], out[PUM_VS_SLOTS][32], vi[32], ii[32];
    uint32_t count = 0;
    struct kit_machine m = {.buffer[0] = (uint8_t *)&count, .buffer_B[0] = 4};
    const float three = 3;
    memcpy(m.push + 12, &three, 4);
    for (uint32_t i = 0; i < 32; i++) {
        in[i / 16][0][i % 16] = as_bits((float)i);
        in[i / 16][5][i % 16] = as_bits((float)i * 0.5f);
        vi[i] = 100 + i;
        ii[i] = i / 4;
    }
    memset(out, 0xee, sizeof(out));
    struct pum_desc_buffer records[KIT_BUFFERS];
    const struct pum_shader_ctx ctx = kit_context(&m, records);
    struct pum_vs_args args = {.in = in[0][0], .in_slots = 8, .batches = 2, .out = out[0], .out_stride = 32, .vertices = 27,
                               .vertex_index = vi, .instance_index = ii, .base_vertex = 90};
    code.code.run(&code.code, &ctx, &args);
    KIT_CHECK(count == 27);
    for (uint32_t i = 0; i < 27; i++) {
        KIT_CHECK(as_float(out[PUM_VS_POSITION][i]) == (float)i * 3);
        KIT_CHECK(as_float(out[PUM_VS_POSITION + 1][i]) == (float)i * 0.5f);
        KIT_CHECK(out[PUM_VS_USER + 2][i] == 10 + i + i / 4);
        KIT_CHECK(out[PUM_VS_USER + 3][i] == (i < 10 ? 100 + i : 0));
    }
    KIT_CHECK(out[PUM_VS_POSITION + 2][0] == 0xeeeeeeee);
    pum_jit_unload(&code);
    pum_jit_image_free(&image);
    pum_ir_shader_destroy(sh);
}

/* ---- fragment ---- */

static uint32_t late_masks[4], late_count, tex_calls;
static float written[64][4][16];
static uint32_t write_masks[64];

static uint32_t
late(const struct pum_fs_args *a, const struct pum_fs_block *b, uint32_t mask, uint32_t out[PUM_FS_SLOTS][PUM_LANES])
{
    (void)a;
    (void)b;
    float z;
    memcpy(&z, &out[PUM_FS_DEPTH][3], 4);
    KIT_CHECK(z == 0.25f);
    late_masks[late_count++ & 3] = mask;
    return mask & 0xff;
}

static void
write_color(const struct pum_fs_target *t, uint32_t x, uint32_t y, uint32_t mask, const uint32_t color[4][PUM_LANES], const uint32_t color1[4][PUM_LANES])
{
    (void)t;
    KIT_CHECK(!color1 && mask);
    write_masks[y * 8 + x] = mask;
    memcpy(written[y * 8 + x], color, sizeof(written[0]));
}

static void
sample(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a)
{
    KIT_CHECK(smp && a->op.kind == PUM_TEX_SAMPLE && a->op.n_coord == 2 && a->quad_step == 4 && a->op.flags == PUM_TEX_HAS_SAMPLER_BIT);
    tex_calls++;
    for (int i = 0; i < 16; i++) {
        if (a->mask >> i & 1) {
            const float v[4] = {a->coord[0][i] * 2, a->coord[1][i] + (float)img->width, 5, 6};
            for (int c = 0; c < 4; c++) {
                a->out[c][i] = as_bits(v[c]);
            }
        }
    }
}

void tex2d_stub(void); /* not of this type: tex2d_stub.c */
void (*tex2d_stub_target)(const struct pum_desc_image *img, const struct pum_desc_sampler *smp, struct pum_tex_args *a) = sample;

static void
fragment(void)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_FRAGMENT);
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    sh->info.n_fs_inputs = 3;
    sh->info.fs_inputs[0].interp = PUM_INTERP_PERSPECTIVE;
    sh->info.fs_inputs[1].interp = PUM_INTERP_LINEAR;
    sh->info.fs_inputs[2].interp = PUM_INTERP_FLAT;
    sh->info.color_mask = 1;
    sh->info.uses_discard = sh->info.uses_frag_coord = sh->info.writes_depth = true;
    const pum_ir_ref a = pum_ir_emit0(&b, PUM_IR_LD_IN, PUM_IR_F32, 0), c = pum_ir_emit0(&b, PUM_IR_LD_IN, PUM_IR_F32, 1);
    const pum_ir_ref f = pum_ir_emit0(&b, PUM_IR_LD_IN, PUM_IR_I32, 2);
    const pum_ir_ref px = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_F32, PUM_SYSVAL_FRAG_COORD);
    const pum_ir_ref py = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_F32, PUM_SYSVAL_FRAG_COORD | 1 << 8);
    /* set 1 at record 0: image, then sampler */
    const pum_ir_ref img = pum_ir_emit(&b, PUM_IR_DESC, PUM_IR_I64, 0, NULL, 1), smp = pum_ir_emit(&b, PUM_IR_DESC, PUM_IR_I64, 0, NULL, 1 | 256 << 8);
    const pum_ir_ref ts[4] = {img, smp, px, py};
    const struct pum_tex_op op = {.kind = PUM_TEX_SAMPLE, .dim = PUM_VIEW_2D, .n_coord = 2, .n_grad = 2, .flags = PUM_TEX_HAS_SAMPLER_BIT};
    const pum_ir_ref t = pum_ir_emit(&b, PUM_IR_TEX, PUM_IR_TUPLE, 4, ts, pum_tex_pack(op));
    struct pum_ir_node *n = pum_ir_push_if(&b, pum_ir_emit2(&b, PUM_IR_FLT, PUM_IR_BOOL, px, pum_ir_const_f32(&b, 65)));
    pum_ir_emit0(&b, PUM_IR_DEMOTE, PUM_IR_VOID, 0);
    pum_ir_pop_if(&b, n);
    out_slot(&b, 0, add(&b, a, pum_ir_emit1(&b, PUM_IR_DDX, PUM_IR_F32, c)));
    out_slot(&b, 1, add(&b, pum_ir_emit1(&b, PUM_IR_DDY_COARSE, PUM_IR_F32, c), pum_ir_emit1(&b, PUM_IR_S2F, PUM_IR_F32, f)));
    out_slot(&b, 2, pum_ir_emit(&b, PUM_IR_EXTRACT, PUM_IR_F32, 1, &t, 1));
    out_slot(&b, PUM_FS_DEPTH, pum_ir_const_f32(&b, 0.25f));
    struct pum_jit_image image;
    struct pum_jit_code code = code_for(sh, &image);

    struct pum_plane planes[PUM_FS_PLANE_INPUTS + 3] = {{1, 0, 0.5f, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0},
                                                        {2, 3, 1, 0},    {10, 0.5f, 4, 0}, {0, 0, 0, 1234}};
    const struct pum_fs_block blocks[3] = {{0, 0, 0xffff}, {3, 2, 0x00f1}, {5, 7, 0xff00}};
    struct pum_fs_target target = {.write = write_color};
    struct kit_machine m = {0};
    struct pum_desc_buffer records[KIT_BUFFERS];
    struct pum_shader_ctx ctx = kit_context(&m, records);
    _Alignas(64) struct {
        struct pum_desc_image img;
        struct pum_desc_sampler smp;
    } set = {.img = {.width = 1000}};
    struct pum_rt_table rt = *kit_rt();
    rt.tex = sample;
    rt.tex2d = tex2d_stub;
    ctx.rt = &rt;
    ctx.sets[1] = (const uint8_t *)&set;
    struct pum_fs_args args = {.planes = planes, .blocks = blocks, .block_count = 3, .tile_x = 64, .tile_y = 128, .pos = {0.5f, 0.5f}, .targets = &target};
    for (int with_late = 0; with_late < 2; with_late++) {
        args.late = with_late ? late : NULL;
        late_count = tex_calls = 0;
        memset(write_masks, 0, sizeof(write_masks));
        code.code.run(&code.code, &ctx, &args);
        KIT_CHECK(tex_calls == 3 && late_count == (with_late ? 3u : 0u));
        for (int k = 0; k < 3; k++) {
            const uint32_t at = blocks[k].y * 8u + blocks[k].x;
            const uint32_t alive = blocks[k].mask & (k == 0 ? 0xeeee : 0xffff); /* column x = 64.5 is demoted */
            KIT_CHECK(!with_late || late_masks[k] == alive);
            KIT_CHECK(write_masks[at] == (with_late ? alive & 0xff : alive));
            for (uint32_t i = 0; i < 16; i++) {
                if (!(write_masks[at] >> i & 1)) {
                    continue;
                }
                const float x = (float)(blocks[k].x * 4u + (i & 3)) + 0.5f, y = (float)(blocks[k].y * 4u + (i >> 2)) + 0.5f;
                KIT_CHECK(written[at][0][i] == (2 + 3 * x + 1 * y) * (1 / (1 + 0.5f * y)) + 0.5f);
                KIT_CHECK(written[at][1][i] == 4 + 1234.0f);
                KIT_CHECK(written[at][2][i] == y + 128 + 1000);
                KIT_CHECK(written[at][3][i] == 0);
            }
        }
    }
    pum_jit_unload(&code);
    pum_jit_image_free(&image);
    pum_ir_shader_destroy(sh);
}

/* ---- image operations with a descriptor per lane ---- */

static uint32_t image_calls, stored[3];

static void
image_load(const struct pum_desc_image *img, struct pum_img_args *a)
{
    image_calls++;
    for (int i = 0; i < 16; i++) {
        if (a->mask >> i & 1) {
            for (uint32_t c = 0; c < 4; c++) {
                a->data[c][i] = img->width + (uint32_t)a->coord[0][i] + 100 * c + (uint32_t)a->sample[i];
            }
        }
    }
}

static void
image_store(const struct pum_desc_image *img, struct pum_img_args *a)
{
    for (int i = 0; i < 16; i++) {
        if (a->mask >> i & 1) {
            stored[img->width / 1000] += a->data[3][i] + (uint32_t)a->coord[2][i];
        }
    }
}

static void
image_atomic(const struct pum_desc_image *img, struct pum_img_args *a)
{
    KIT_CHECK(a->atomic == PUM_ATOMIC_CMPXCHG);
    for (int i = 0; i < 16; i++) {
        if (a->mask >> i & 1) {
            a->data[0][i] = a->data[0][i] * 2 + a->data[1][i] + img->width;
        }
    }
}

static void
images(void)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    sh->info.local_size[0] = 32;
    sh->info.local_size[1] = sh->info.local_size[2] = 1;
    sh->info.has_barrier = true;
    const pum_ir_ref gid = kit_gid(&b, 0), zero = pum_ir_const_i32(&b, 0), seven = pum_ir_const_i32(&b, 7);
    const pum_ir_ref index = pum_ir_emit2(&b, PUM_IR_UREM, PUM_IR_I32, gid, pum_ir_const_i32(&b, 3));
    const pum_ir_ref img = pum_ir_emit(&b, PUM_IR_DESC, PUM_IR_I64, 1, &index, 1);
    pum_ir_at(sh, img)->imm2 = 256 | 3u << 16;
    const pum_ir_ref s[9] = {img, gid, zero, seven, zero, gid, gid, gid, gid};
    const pum_ir_ref t = pum_ir_emit(&b, PUM_IR_IMG_LOAD, PUM_IR_TUPLE, 5, s, 0);
    pum_ir_emit0(&b, PUM_IR_BARRIER, PUM_IR_VOID, 0); /* a tuple crosses it */
    const pum_ir_ref v = pum_ir_emit(&b, PUM_IR_EXTRACT, PUM_IR_I32, 1, &t, 2);
    const pum_ir_ref four = pum_ir_emit2(&b, PUM_IR_SHL, PUM_IR_I32, gid, pum_ir_const_i32(&b, 3));
    kit_store(&b, kit_desc(&b, 0), four, v);
    struct pum_ir_node *n = pum_ir_push_if(&b, pum_ir_emit2(&b, PUM_IR_ULT, PUM_IR_BOOL, gid, pum_ir_const_i32(&b, 20)));
    pum_ir_emit(&b, PUM_IR_IMG_STORE, PUM_IR_VOID, 9, s, 0);
    pum_ir_pop_if(&b, n);
    const pum_ir_ref at[7] = {img, gid, zero, zero, zero, gid, seven};
    const pum_ir_ref r = pum_ir_emit(&b, PUM_IR_IMG_ATOMIC, PUM_IR_I32, 7, at, PUM_ATOMIC_CMPXCHG);
    kit_store(&b, kit_desc(&b, 0), pum_ir_emit2(&b, PUM_IR_IADD, PUM_IR_I32, four, pum_ir_const_i32(&b, 4)), r);
    struct pum_jit_image image;
    struct pum_jit_code code = code_for(sh, &image);

    static uint32_t out[64];
    struct kit_machine m = {.buffer[0] = (uint8_t *)out, .buffer_B[0] = sizeof(out)};
    struct pum_desc_buffer records[KIT_BUFFERS];
    struct pum_shader_ctx ctx = kit_context(&m, records);
    static _Alignas(64) struct pum_desc_image set[3] = {{.width = 0}, {.width = 1000}, {.width = 2000}};
    struct pum_rt_table rt = *kit_rt();
    rt.img_load = image_load;
    rt.img_store = image_store;
    rt.img_atomic = image_atomic;
    ctx.rt = &rt;
    ctx.sets[1] = (const uint8_t *)set;
    uint8_t *scratch = aligned_alloc(64, PUM_ALIGN_UP(image.scratch_B + 1, 64u));
    struct pum_cs_args args = {.group_count = 1, .num_groups = {1, 1, 1}, .scratch = scratch};
    image_calls = 0;
    memset(stored, 0, sizeof(stored));
    code.code.run(&code.code, &ctx, &args);
    KIT_CHECK(image_calls == 6); /* three per subgroup */
    uint32_t sums[3] = {0};
    for (uint32_t i = 0; i < 32; i++) {
        KIT_CHECK(out[2 * i] == i % 3 * 1000 + i + 200);
        KIT_CHECK(out[2 * i + 1] == 2 * i + 7 + i % 3 * 1000);
        sums[i % 3] += i < 20 ? i + 7 : 0;
    }
    KIT_CHECK(memcmp(sums, stored, sizeof(sums)) == 0);
    free(scratch);
    pum_jit_unload(&code);
    pum_jit_image_free(&image);
    pum_ir_shader_destroy(sh);
}

/* ---- images of code ---- */

static void
damaged(void)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    sh->info.local_size[0] = 16;
    sh->info.local_size[1] = sh->info.local_size[2] = 1;
    kit_store(&b, kit_desc(&b, 3), pum_ir_emit2(&b, PUM_IR_SHL, PUM_IR_I32, kit_gid(&b, 0), pum_ir_const_i32(&b, 2)), kit_gid(&b, 0));
    struct pum_jit_image image, again;
    struct pum_jit_code code = code_for(sh, &image);
    pum_jit_unload(&code);
    const size_t n = pum_jit_image_bytes(&image);
    uint8_t *bytes = malloc(n + 64);
    KIT_CHECK(bytes);
    pum_jit_image_write(&image, bytes);
    KIT_CHECK(pum_jit_image_read(&again, bytes, n) && pum_jit_load(&again, &code));
    pum_jit_unload(&code);
    pum_jit_image_free(&again);
    for (size_t i = 0; i < n; i++) { /* every byte counts */
        bytes[i] ^= 1u << (i & 7);
        KIT_CHECK(!pum_jit_image_read(&again, bytes, n));
        bytes[i] ^= 1u << (i & 7);
    }
    for (size_t i = 0; i < n; i += i < 100 ? 1 : 37) {
        KIT_CHECK(!pum_jit_image_read(&again, bytes, i));
    }
    KIT_CHECK(!pum_jit_image_read(&again, bytes, n + 1));
    struct pum_jit_image bad = image;
    bad.entry_B = bad.size_B;
    KIT_CHECK(!pum_jit_load(&bad, &code));
    bad = image;
    bad.text_B += 4096 * 4;
    KIT_CHECK(!pum_jit_load(&bad, &code));
    bad = image;
    bad.isa = PUM_ISA_COUNT;
    KIT_CHECK(!pum_jit_load(&bad, &code));
    free(bytes);
    pum_jit_image_free(&image);
    pum_ir_shader_destroy(sh);
}

/* What the compiler cannot do is an error, not a crash; a level that does not exist, too. */
static void
refused(void)
{
    struct pum_ir_shader *sh = pum_ir_shader_create(PUM_STAGE_COMPUTE);
    struct pum_ir_builder b;
    pum_ir_builder_init(&b, sh);
    sh->info.local_size[0] = sh->info.local_size[1] = sh->info.local_size[2] = 1;
    const pum_ir_ref v = pum_ir_emit0(&b, PUM_IR_SYSVAL, PUM_IR_I32, PUM_SYSVAL_VERTEX_INDEX);
    kit_store(&b, kit_desc(&b, 3), pum_ir_const_i32(&b, 0), v);
    KIT_CHECK(pum_ir_optimize(sh));
    struct pum_jit_image image;
    char msg[256];
    KIT_CHECK(pum_jit_compile(sh, isa_now, &image, msg) == PUM_JIT_FAILED && msg[0] && !image.data);
    KIT_CHECK(pum_jit_compile(sh, PUM_ISA_BASE, &image, msg) == PUM_JIT_NO_COMPILER);
    pum_ir_shader_destroy(sh);
}

/* Several threads compile and run the same things at once. */
static void *
thread_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) {
        damaged();
    }
    return NULL;
}

int
main(void)
{
    for (isa_now = PUM_ISA_V2; isa_now <= pum_cpu_isa(); isa_now++) {
        vertex();
        fragment();
        images();
        damaged();
        refused();
    }
    isa_now = pum_cpu_isa();
    pthread_t t[4];
    for (int i = 0; i < 4; i++) {
        KIT_CHECK(pthread_create(&t[i], NULL, thread_main, NULL) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    printf("ok\n");
    return 0;
}
