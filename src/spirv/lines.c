/* Lines and source text of a module: OpLine and OpSource, or NonSemantic.Shader.DebugInfo.100. Nothing here makes a module invalid: what does not
 * fit is left out. SPEC: SPIR-V, Debug Instructions. */
#include <stdlib.h>
#include <string.h>

#include <spirv/unified1/NonSemanticShaderDebugInfo100.h>
#include <spirv/unified1/spirv.h>

#include "ir/lines.h"
#include "spirv/spirv.h"

enum kind { NOTHING, STRING, NUMBER, FILE_NAME };

struct id {
    const char *string;
    const char *name; /* of OpName */
    uint32_t number; /* NUMBER: its value. FILE_NAME: index of the file */
    uint8_t kind;
    bool is_file; /* STRING: a file has this name, number is its index */
};

struct scan {
    const uint32_t *w;
    uint32_t n_words, bound;
    struct id *ids;
    uint32_t debug_set; /* id of the extended instruction set; 0 = none */
    struct pum_ir_file *files;
    uint32_t n_files, cap_files;
    uint32_t last_file; /* where continued text goes; UINT32_MAX: nowhere */
    struct pum_ir_line *lines; /* NULL: only count */
    uint32_t n_lines;
    char *text;                /* NULL: only count */
    size_t text_B;
    struct pum_ir_line now;
    struct pum_ir_function *functions; /* NULL: only count */
    uint32_t n_functions;
    bool inside; /* of the last one */
};

static uint32_t
arg(const struct scan *s, uint32_t i, uint32_t k)
{
    return k + 1 < s->w[i] >> 16 ? s->w[i + 1 + k] : 0;
}

static struct id *
id_at(struct scan *s, uint32_t id)
{
    return id < s->bound ? &s->ids[id] : &s->ids[0];
}

/* A string literal from operand k on, NULL: it has no end inside the instruction. */
static const char *
string_at(const struct scan *s, uint32_t i, uint32_t k)
{
    const uint32_t len = s->w[i] >> 16;
    if (k + 1 >= len) {
        return NULL;
    }
    const char *text = (const char *)&s->w[i + 1 + k];
    return memchr(text, 0, (len - 1 - k) * 4) ? text : NULL;
}

/* The file with the name that a string has; UINT32_MAX: there is none. */
static uint32_t
file_named(struct scan *s, uint32_t string)
{
    struct id *d = id_at(s, string);
    if (d->kind != STRING) {
        return UINT32_MAX;
    }
    if (!d->is_file) {
        if (s->n_files == s->cap_files) {
            return UINT32_MAX;
        }
        s->files[s->n_files] = (struct pum_ir_file){d->string, NULL};
        d->is_file = true;
        d->number = s->n_files++;
    }
    return d->number;
}

/* Appends to the text of the last file. */
static void
add_text(struct scan *s, const char *more)
{
    if (!more || s->last_file == UINT32_MAX) {
        return;
    }
    const size_t n = strlen(more);
    if (s->text) {
        char *to = s->text + s->text_B;
        struct pum_ir_file *f = &s->files[s->last_file];
        if (f->text) {
            to--; /* over the end of what is there: it was the last that was written */
            s->text_B--;
        } else {
            f->text = to;
        }
        memcpy(to, more, n + 1);
    }
    s->text_B += n + 1;
}

static void
begin_text(struct scan *s, uint32_t file, const char *text)
{
    s->last_file = file < s->n_files && !s->files[file].text ? file : UINT32_MAX; /* once */
    add_text(s, text);
}

static void
set_line(struct scan *s, uint32_t i, uint32_t file, uint32_t line, uint32_t column)
{
    if (file >= s->n_files) {
        file = line = column = 0;
    }
    if (file == s->now.file && line == s->now.line && column == s->now.column) {
        return;
    }
    s->now = (struct pum_ir_line){i, file, line, column};
    if (s->lines) {
        s->lines[s->n_lines] = s->now;
    }
    s->n_lines++;
}

static uint32_t
number(struct scan *s, uint32_t id)
{
    const struct id *d = id_at(s, id);
    return d->kind == NUMBER ? d->number : 0;
}

static void
debug_info(struct scan *s, uint32_t i)
{
    struct id *d = id_at(s, arg(s, i, 1));
    switch (arg(s, i, 3)) {
    case NonSemanticShaderDebugInfo100DebugSource: {
        const uint32_t file = file_named(s, arg(s, i, 4));
        const struct id *text = id_at(s, arg(s, i, 5));
        if (file != UINT32_MAX) {
            d->kind = FILE_NAME;
            d->number = file;
        }
        begin_text(s, file, text->kind == STRING ? text->string : NULL);
        break;
    }
    case NonSemanticShaderDebugInfo100DebugSourceContinued:
        add_text(s, id_at(s, arg(s, i, 4))->kind == STRING ? id_at(s, arg(s, i, 4))->string : NULL);
        break;
    case NonSemanticShaderDebugInfo100DebugLine: {
        const struct id *file = id_at(s, arg(s, i, 4));
        set_line(s, i, file->kind == FILE_NAME ? file->number : UINT32_MAX, number(s, arg(s, i, 5)), number(s, arg(s, i, 7)));
        break;
    }
    case NonSemanticShaderDebugInfo100DebugNoLine: set_line(s, i, 0, 0, 0); break;
    default: break;
    }
}

static void
instruction(struct scan *s, uint32_t i)
{
    const uint32_t op = s->w[i] & 0xffff;
    switch (op) {
    case SpvOpString: {
        struct id *d = id_at(s, arg(s, i, 0));
        d->string = string_at(s, i, 1);
        d->kind = d->string ? STRING : NOTHING;
        break;
    }
    case SpvOpExtInstImport: {
        const char *name = string_at(s, i, 1);
        s->debug_set = name && strcmp(name, "NonSemantic.Shader.DebugInfo.100") == 0 ? arg(s, i, 0) : s->debug_set;
        break;
    }
    case SpvOpConstant:
        if (s->w[i] >> 16 == 4) {
            struct id *d = id_at(s, arg(s, i, 1));
            d->kind = NUMBER;
            d->number = arg(s, i, 2);
            d->is_file = false;
        }
        break;
    case SpvOpSource: begin_text(s, file_named(s, arg(s, i, 2)), string_at(s, i, 3)); break;
    case SpvOpSourceContinued: add_text(s, string_at(s, i, 0)); break;
    case SpvOpLine: set_line(s, i, file_named(s, arg(s, i, 0)), arg(s, i, 1), arg(s, i, 2)); break;
    case SpvOpExtInst:
        if (s->debug_set && arg(s, i, 2) == s->debug_set) {
            debug_info(s, i);
        }
        break;
    case SpvOpName: id_at(s, arg(s, i, 0))->name = string_at(s, i, 1); break;
    case SpvOpFunction:
        if (s->functions) {
            const char *name = id_at(s, arg(s, i, 1))->name;
            s->functions[s->n_functions] = (struct pum_ir_function){i, i, name ? name : ""};
        }
        s->n_functions++;
        s->inside = true;
        break;
    case SpvOpFunctionEnd:
        if (s->functions && s->inside) {
            s->functions[s->n_functions - 1].end = i;
        }
        s->inside = false;
        set_line(s, i, 0, 0, 0);
        break;
    case SpvOpNoLine: set_line(s, i, 0, 0, 0); break;
    case SpvOpLabel: /* lines reach to the end of a block: DebugLine to DebugNoLine or there, too */
        set_line(s, i, 0, 0, 0);
        break;
    default: break;
    }
}

static bool
walk(struct scan *s)
{
    s->n_lines = 0;
    s->n_files = s->n_functions = 0;
    s->inside = false;
    s->text_B = 0;
    s->debug_set = 0;
    s->last_file = UINT32_MAX;
    s->now = (struct pum_ir_line){0};
    memset(s->ids, 0, s->bound * sizeof(s->ids[0]));
    for (uint32_t i = 5; i < s->n_words; i += s->w[i] >> 16) {
        const uint32_t len = s->w[i] >> 16;
        if (len == 0 || len > s->n_words - i) {
            return false;
        }
        instruction(s, i);
    }
    return s->n_lines != 0;
}

/* A copy, as the module's words are the caller's. Functions of damaged modules may share a name until there is no room for copies. */
static const char *
keep(char **to, const char *end, const char *text)
{
    const size_t n = strlen(text) + 1;
    if (n > (size_t)(end - *to)) {
        return "";
    }
    const char *copy = memcpy(*to, text, n);
    *to += n;
    return copy;
}

struct pum_ir_lines *
pum_spirv_lines(const uint32_t *words, size_t n_words)
{
    if (n_words < 5 || n_words > UINT32_MAX || words[0] != SpvMagicNumber || words[3] == 0 || words[3] / 8 > n_words + 512) {
        return NULL;
    }
    struct scan s = {.w = words, .n_words = (uint32_t)n_words, .bound = words[3]};
    struct pum_ir_lines *out = NULL;
    s.ids = calloc(s.bound, sizeof(s.ids[0]));
    s.cap_files = 256;
    s.files = calloc(s.cap_files, sizeof(s.files[0]));
    if (s.ids && s.files && walk(&s)) {
        const size_t files_B = s.cap_files * sizeof(s.files[0]), functions_B = s.n_functions * sizeof(s.functions[0]);
        const size_t lines_B = s.n_lines * sizeof(s.lines[0]);
        const size_t names_B = n_words * 4; /* all strings of the module */
        out = calloc(1, sizeof(*out) + files_B + functions_B + lines_B + s.text_B + names_B);
        if (out) {
            free(s.files);
            s.files = (struct pum_ir_file *)(out + 1);
            s.functions = (struct pum_ir_function *)(void *)((char *)out + sizeof(*out) + files_B);
            s.lines = (struct pum_ir_line *)(void *)((char *)s.functions + functions_B);
            s.text = (char *)s.lines + lines_B;
            (void)walk(&s);
            char *names = s.text + s.text_B, *end = names + names_B;
            for (uint32_t i = 0; i < s.n_files; i++) {
                s.files[i].name = keep(&names, end, s.files[i].name);
            }
            for (uint32_t i = 0; i < s.n_functions; i++) {
                s.functions[i].name = keep(&names, end, s.functions[i].name);
            }
            *out = (struct pum_ir_lines){s.n_files, s.n_lines, s.n_functions, s.files, s.lines, s.functions};
        }
    }
    if (!out) {
        free(s.files);
    }
    free(s.ids);
    return out;
}
