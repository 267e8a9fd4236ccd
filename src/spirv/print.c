/* NonSemantic.DebugPrintf: what a shader prints. A module that gets it wrong prints something odd, but is as valid as without.
 *
 * The format becomes a list of items (abi/shader_abi.h, enum pum_print_item): text, and conversions for printf with the length that the value
 * has, whatever the format says. %v2 to %v4 stand for vectors: one conversion for each component, ", " between. */
#include <stdio.h>
#include <string.h>

#include "spirv/sv.h"

#define MAX_FORMAT_B 4096u

struct format {
    uint8_t out[MAX_FORMAT_B + 64];
    uint32_t n;
    bool text;        /* the last item is text, whose length stands at text_at */
    uint32_t text_at;
    pum_ir_ref src[PUM_MAX_PRINT_WORDS];
    uint32_t n_src;
};

static void
add_char(struct format *f, char c)
{
    if (!f->text) {
        f->out[f->n++] = PUM_PRINT_TEXT;
        f->text_at = f->n;
        f->n += 2;
        f->text = true;
        f->out[f->text_at] = f->out[f->text_at + 1] = 0;
    }
    f->out[f->n++] = (uint8_t)c;
    const uint32_t length = f->n - f->text_at - 2;
    f->out[f->text_at] = (uint8_t)length;
    f->out[f->text_at + 1] = (uint8_t)(length >> 8);
}

/* Words of one scalar, and what they are. */
static enum pum_print_kind
add_words(struct sv *s, struct format *f, pum_ir_ref v, const struct sv_type *t)
{
    const enum pum_ir_type type = (enum pum_ir_type)pum_ir_at(s->sh, v)->type;
    switch (type) {
    case PUM_IR_BOOL: v = SV_E3(SELECT, PUM_IR_I32, v, sv_u32(s, 1), sv_u32(s, 0)); break;
    case PUM_IR_I8:
    case PUM_IR_I16: v = sv_int_to(s, v, PUM_IR_I32, t->is_signed); break;
    case PUM_IR_F16: v = SV_E1(F2F, PUM_IR_F32, v); break;
    default: break;
    }
    if (type == PUM_IR_I64 || type == PUM_IR_F64) {
        sv_split64(s, v, &f->src[f->n_src]);
        f->n_src += 2;
        return type == PUM_IR_F64 ? PUM_PRINT_F64 : t->is_signed ? PUM_PRINT_S64 : PUM_PRINT_U64;
    }
    const bool is_float = pum_ir_type_is_float(type);
    f->src[f->n_src++] = is_float ? SV_E1(BITCAST, PUM_IR_I32, v) : v;
    return is_float ? PUM_PRINT_F32 : type != PUM_IR_BOOL && t->is_signed ? PUM_PRINT_S32 : PUM_PRINT_U32;
}

static bool
is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* A conversion as printf has it; bytes: from the % on. */
struct conversion {
    char flags[8];
    uint32_t n_flags, width, precision, components, length;
    bool has_precision;
    char letter;
};

static uint32_t
number(const char **at, uint32_t most)
{
    uint32_t n = 0;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        n = PUM_MIN(n * 10 + (uint32_t)(**at - '0'), most);
    }
    return n;
}

/* False: none that is known here. */
static bool
read_conversion(const char *text, struct conversion *c)
{
    memset(c, 0, sizeof(*c));
    c->components = 1;
    const char *at = text + 1;
    while (is_one_of(*at, "-+ #0") && c->n_flags + 1 < sizeof(c->flags)) {
        c->flags[c->n_flags++] = *at++;
    }
    c->width = number(&at, 200);
    if (*at == '.') {
        at++;
        c->has_precision = true;
        c->precision = number(&at, 60);
    }
    if (*at == 'v' && at[1] >= '2' && at[1] <= '4') {
        c->components = (uint32_t)(at[1] - '0');
        at += 2;
    }
    while (is_one_of(*at, "hlLqjzt")) { /* lengths are those of the values */
        at++;
    }
    if (!is_one_of(*at, "diouxXfFeEgGaApc")) {
        return false;
    }
    c->letter = *at++;
    if (c->letter == 'u' && *at == 'l') { /* as GLSL programs write 64-bit numbers */
        at++;
    }
    c->length = (uint32_t)(at - text);
    return true;
}

/* The letter for a value of that kind: the format's, if it fits. */
static char
letter_for(enum pum_print_kind kind, char wanted)
{
    if (kind == PUM_PRINT_F32 || kind == PUM_PRINT_F64) {
        return is_one_of(wanted, "fFeEgGaA") ? wanted : 'g';
    }
    if (wanted == 'p') {
        return 'x';
    }
    return is_one_of(wanted, "diouxX") ? wanted : kind == PUM_PRINT_S32 || kind == PUM_PRINT_S64 ? 'd' : 'u';
}

static void
add_value(struct format *f, const struct conversion *c, enum pum_print_kind kind, uint32_t first_word)
{
    char spec[PUM_PRINT_SPEC_B];
    uint32_t n = 0;
    spec[n++] = '%';
    memcpy(spec + n, c->flags, c->n_flags);
    n += c->n_flags;
    for (uint32_t part = 0; part < 2; part++) {
        const uint32_t v = part ? c->precision : c->width;
        if (part && c->has_precision) {
            spec[n++] = '.';
        }
        for (uint32_t ten = 100; (part ? c->has_precision : v > 0) && ten; ten /= 10) {
            if (v >= ten || ten == 1) {
                spec[n++] = (char)('0' + v / ten % 10);
            }
        }
    }
    if (kind != PUM_PRINT_F32 && kind != PUM_PRINT_F64) {
        spec[n++] = 'l';
        spec[n++] = 'l';
    }
    spec[n++] = letter_for(kind, c->letter);
    f->out[f->n++] = PUM_PRINT_VALUE;
    f->out[f->n++] = (uint8_t)kind;
    f->out[f->n++] = (uint8_t)first_word;
    f->out[f->n++] = (uint8_t)n;
    memcpy(f->out + f->n, spec, n);
    f->n += n;
    f->text = false;
}

/* The next argument of the instruction, as many components as the format says and it has. */
static void
add_argument(struct sv *s, struct format *f, uint32_t i, uint32_t *arg, const struct conversion *c)
{
    const uint32_t id = sv_arg(s, i, *arg);
    const struct sv_type *t = *arg < sv_len(s, i) ? sv_type_of(s, id) : NULL;
    ++*arg;
    if (!t || !sv_ok(s) || (t->kind != SV_INT && t->kind != SV_FLOAT && t->kind != SV_BOOL && t->kind != SV_VECTOR)) {
        add_char(f, '?');
        return;
    }
    uint32_t n;
    const pum_ir_ref *v = sv_value(s, id, &n);
    const struct sv_type *scalar = t->kind == SV_VECTOR ? sv_type(s, t->elem) : t;
    for (uint32_t k = 0; k < c->components && k < n && sv_ok(s); k++) {
        if (f->n_src + 2 > PUM_MAX_PRINT_WORDS || f->n > MAX_FORMAT_B - 64) {
            return;
        }
        if (k) {
            add_char(f, ',');
            add_char(f, ' ');
        }
        const uint32_t first = f->n_src;
        add_value(f, c, add_words(s, f, v[k], scalar), first);
    }
}

/* Of an OpString; NULL: it is none, or has no end. */
static const char *
string_of(struct sv *s, uint32_t id)
{
    const struct sv_id *d = id && id < s->bound ? sv_id(s, id) : NULL;
    const uint32_t words = d && d->kind == SV_STRING ? s->w[d->word] >> 16 : 0;
    const char *text = words > 2 ? (const char *)&s->w[d->word + 2] : NULL; /* after the instruction's word and the id */
    return text && strnlen(text, (words - 2) * 4) < (words - 2) * 4 ? text : NULL;
}

uint32_t
sv_place_text(struct sv *s)
{
    static const char *const stages[PUM_STAGE_COUNT] = {"vertex", "fragment", "compute", "geometry", "tessellation control", "tessellation evaluation",
                                                        "task", "mesh", "ray generation", "miss", "closest-hit", "any-hit", "intersection", "callable"};
    char text[200];
    const char *file = s->line_word ? string_of(s, sv_arg(s, s->line_word, 0)) : NULL;
    int n = snprintf(text, sizeof(text), "a %s shader, entry point \"%.40s\", ", stages[s->opt->stage], s->opt->entry_point);
    n = file ? snprintf(text + n, sizeof(text) - (size_t)n, "%.80s:%u", file, sv_arg(s, s->line_word, 1))
             : snprintf(text + n, sizeof(text) - (size_t)n, "word %u of its SPIR-V", s->at);
    return pum_ir_add_text(s->sh, (const uint8_t *)text, (uint32_t)strlen(text) + 1);
}

void
sv_print(struct sv *s, uint32_t i)
{
    const char *text = sv_arg(s, i, 3) == 1 && sv_len(s, i) > 4 ? string_of(s, sv_arg(s, i, 4)) : NULL;
    if (!text) {
        return;
    }
    struct format *f = sv_alloc(s, 1, sizeof(*f));
    uint32_t arg = 5;
    while (f && *text && f->n < MAX_FORMAT_B - 64 && sv_ok(s)) {
        struct conversion c;
        if (*text == '%' && text[1] == '%') {
            add_char(f, '%');
            text += 2;
        } else if (*text == '%' && read_conversion(text, &c)) {
            add_argument(s, f, i, &arg, &c);
            text += c.length;
        } else {
            add_char(f, *text++);
        }
    }
    if (!f || !sv_ok(s)) {
        return;
    }
    f->out[f->n++] = PUM_PRINT_END;
    const uint32_t index = pum_ir_add_text(s->sh, f->out, f->n);
    pum_ir_emit(&s->b, PUM_IR_PRINT, PUM_IR_VOID, f->n_src, f->src, index);
    s->sh->info.has_side_effects = true;
}
